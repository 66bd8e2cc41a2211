"""Send many jobs through a platform in which everything fails now and then, and prove the rest.

    npm run chaos -- [--jobs N] [--seed N] [--json]

Exit status: 0 everything holds, 1 something is violated or the platform broke; its logs stay.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from commands.chaos import report
from commands.chaos.run import Request, Violated, run
from commands.interruption import stopped_by_signals
from commands.platform import PlatformFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOLDS, _VIOLATED = 0, 1
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The process's exit status.
    """
    arguments = _arguments(argv)
    request = Request(
        jobs=arguments.jobs, seed=arguments.seed, workers=arguments.workers, keep=arguments.keep
    )
    errors = Console(stderr=True, highlight=False)
    with stopped_by_signals():
        try:
            verdict = run(request, errors.print)
        except Violated as violated:
            verdict = violated.verdict
        except PlatformFailed as error:
            errors.print(f"PlatformFailed: {error}", markup=False)
            return _VIOLATED
        except KeyboardInterrupt:
            return _INTERRUPTED
    told = report.document(request, verdict)
    if arguments.as_json:
        print(json.dumps(told, indent=2))
    else:
        Console(highlight=False).print(report.table(told))
    if not verdict.holds:
        errors.print(f"Violated. The logs are in {verdict.logs}", markup=False)
    return _HOLDS if verdict.holds else _VIOLATED


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="npm run chaos --",
        description="Send many jobs through a platform in which everything fails now and then.",
    )
    parser.add_argument("--jobs", type=int, default=300, help="how many (300)")
    parser.add_argument("--seed", type=int, default=1, help="of the jobs and of the faults (1)")
    parser.add_argument("--workers", type=int, default=2, help="of the fleet (2)")
    parser.add_argument("--keep", action="store_true", help="keep the logs in any case")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print a document")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
