"""The command line of `npm run models`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Action = Literal["list", "fetch", "verify", "image"]

_EPILOGUE: Final = """\
NAME is a model or a package of worker-image/models.toml; a model brings all that it needs
MODELS_DIRECTORY says where models are kept (.build/models), HF_ENDPOINT names a mirror of the hub

exit status: 0 all is well, 1 something is missing, damaged, refused or out of reach,
2 the command was misused
"""
_NON_COMMERCIAL: Final = (
    "also take weights whose licence forbids commercial use (such as CC BY-NC): you state that "
    "yours is not commercial use; a company's is, inside the company too"
)


@dataclass(frozen=True)
class Request:
    """What the person asked for.

    Attributes:
        names: of models or packages; empty for `list`.
        accept_non_commercial: take weights whose licence forbids commercial use.
        pin: print what pins the files in models.toml.
        unverified: build an image of files that nobody has pinned.
    """

    action: Action
    names: tuple[str, ...]
    accept_non_commercial: bool
    pin: bool
    unverified: bool


def parse(arguments: Sequence[str] | None = None) -> Request:
    """Read the command line.

    Raises:
        SystemExit: with status 2, after a line that says what is wrong with it.
    """
    given = _parser().parse_args(arguments)
    return Request(
        action=given.action,
        names=tuple(dict.fromkeys(getattr(given, "names", ()))),
        accept_non_commercial=getattr(given, "accept_non_commercial", False),
        pin=getattr(given, "pin", False),
        unverified=getattr(given, "unverified", False),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run models --",
        description="Fetch, check and pin the models that transcribe.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="every model and package, and what of it is here")
    fetch = actions.add_parser("fetch", help="download what is missing, resuming and checking")
    verify = actions.add_parser("verify", help="recompute the checksums of what is here")
    image = actions.add_parser(
        "image", help="fetch, and fill the folder that the worker's image is built from"
    )
    for action in (fetch, verify, image):
        action.add_argument("names", nargs="+", metavar="NAME")
    for action in (fetch, image):
        action.add_argument("--accept-non-commercial", action="store_true", help=_NON_COMMERCIAL)
    verify.add_argument(
        "--pin", action="store_true", help="print the lines that pin the files in models.toml"
    )
    image.add_argument(
        "--unverified",
        action="store_true",
        help="also take models that models.toml does not pin: two builds may then differ",
    )
    return parser
