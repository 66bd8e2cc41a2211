"""What can be said of the code without running it: format, lint, types, Dockerfile, secrets.

npm run check
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
TOOLS: Final = Path(sys.executable).parent

CHECKS: Final[tuple[tuple[str, ...], ...]] = (
    ("ruff", "format", "--check", "--quiet", "."),
    ("ruff", "check", "--quiet", "."),
    ("mypy", "--no-error-summary"),
    ("hadolint", "worker-image/Dockerfile"),
    ("python", "-m", "commands.secrets_scan"),
)


def main() -> int:
    """Run every check, also after one has failed.

    Returns:
        The process's exit status: 0 if all passed.
    """
    failed = []
    for name, *arguments in CHECKS:
        print(f"check: {name} {' '.join(arguments)}", flush=True)
        if subprocess.run([TOOLS / name, *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
