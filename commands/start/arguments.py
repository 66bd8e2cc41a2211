"""The command line of `npm start`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commands import options
from local.ports import free_port, is_free

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.platform import Dispatch

USUAL_PORT: Final = 8400

_EPILOGUE: Final = """\
exit status: 0 it was stopped with SIGINT or SIGTERM, 1 it broke, 2 it was misused
"""


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        port: where the page and the API answer.
        moved: whether that is another port than usual, because the usual one is taken.
        model: a name or a path; None for the one that knows the samples.
        dispatch: to a fleet of warm workers, or to a task for each chunk.
        workers: of the fleet; None for what suits the machine.
        as_json: for a program, not a person.
        keep: leaves the folder of logs and e-mails in place.
    """

    port: int
    moved: bool
    model: str | None
    dispatch: Dispatch
    workers: int | None
    as_json: bool
    keep: bool


def parse(arguments: Sequence[str] | None = None) -> Request:
    """Read the command line.

    Raises:
        SystemExit: with status 2, after a line that says what is wrong with it.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.port is not None and not is_free(given.port):
        parser.error(f"--port: {given.port} is taken; name another one, or none")
    moved = given.port is None and not is_free(USUAL_PORT)
    return Request(
        port=free_port() if moved else given.port or USUAL_PORT,
        moved=moved,
        model=given.model,
        dispatch=given.dispatch,
        workers=given.workers,
        as_json=given.json,
        keep=given.keep,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm start --",
        description="Bring the whole platform up on a local AWS, and keep it up.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help=f"of the page and the API (default: {USUAL_PORT}, or a free one if that is taken)",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON line on standard output, when it is ready"
    )
    options.add_to(parser, usual_model="fixture, which knows the words of the samples")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 1024 <= port <= 65535:
        raise argparse.ArgumentTypeError("from 1024 to 65535")
    return port
