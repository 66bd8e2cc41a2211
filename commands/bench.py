"""Measures speed and memory: every module of `bench/`, or those that are named.

npm run bench
npm run bench -- prepare_audio --long    one of them, with its own options
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Run the measurements one after the other; they print what they measured.

    Returns:
        The process's exit status: 0 if every measurement ended well.
    """
    if arguments:
        return _measure(*arguments)
    modules = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    return max(_measure(module) for module in modules)


def _measure(module: str, *options: str) -> int:
    print(f"\n{module}", flush=True)
    command = [sys.executable, "-m", f"bench.{module}", *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
