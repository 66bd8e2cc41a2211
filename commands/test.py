"""Everything that CI runs: the checks, then the tests, those with a deployed stack last.

npm test                        all of it
npm test -- tests/unit -k cuts  pytest's own arguments, no checks
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from commands import check

# Tests of the pure core spread over the cores. Those that bring a whole local AWS up mostly wait
# for it, and those with WhisperX mostly calculate: two processes for the former, at once with one
# for the latter.
SUITES: Final[tuple[tuple[str, ...], ...]] = (
    ("-n", "auto", "--dist", "loadgroup", "-m", "not stack and not whisperx"),
    ("-n", "3", "--dist", "loadgroup", "-m", "stack or whisperx"),
)


def main(arguments: list[str]) -> int:
    """Run the tests.

    Returns:
        The process's exit status: 0 if everything passed.
    """
    if arguments:
        return _pytest(*arguments)
    statuses = [check.main(), *(_pytest(*suite) for suite in SUITES)]
    return max(statuses)


def _pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "--quiet", *arguments]
    return subprocess.run(command, cwd=check.ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
