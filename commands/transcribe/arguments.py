"""The command line of `npm run transcribe`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from scribe.shapes import LanguageChoice

from commands.platform import Dispatch
from samples import all_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOGUE: Final = """\
without FILE: the sample recordings, with the model "fixture"

exit status: 0 all recordings were transcribed, 1 some were not, 2 the command was misused
"""


@dataclass(frozen=True)
class Request:
    """What the person asked for.

    Attributes:
        files: the recordings.
        own_files: whether they are the person's own, not the samples.
        language: what is spoken in all of them.
        model: a name or a path; None leaves the choice to the machine's memory.
        out: where the transcripts go.
        dispatch: to a fleet of warm workers, or to a task for each chunk.
        workers: of the fleet; None for what suits the machine.
        as_json: for a program, not a person.
        keep: leaves the folder of logs in place.
    """

    files: tuple[Path, ...]
    own_files: bool
    language: LanguageChoice
    model: str | None
    out: Path
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
    for file in given.files:
        if not file.is_file():
            parser.error(f"no such file: {file}")
    if given.out.exists() and not given.out.is_dir():
        parser.error(f"not a folder: {given.out}")
    return Request(
        files=tuple(given.files) or tuple(sample.path for sample in all_samples()),
        own_files=bool(given.files),
        language=given.language,
        model=given.model,
        out=given.out,
        dispatch=given.dispatch,
        workers=given.workers,
        as_json=given.json,
        keep=given.keep,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run transcribe --",
        description="Transcribe recordings through the whole platform on a local AWS.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="audio or video")
    parser.add_argument(
        "--language",
        choices=get_args(LanguageChoice),
        default="auto",
        help="what is spoken (default: auto)",
    )
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="fixture, a name of worker-image/models.toml, or a CTranslate2 folder "
        "(default: what fits into memory)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("transcripts"),
        metavar="DIR",
        help="where the transcripts go (default: transcripts)",
    )
    parser.add_argument(
        "--dispatch",
        choices=get_args(Dispatch),
        default="fleet",
        help="warm workers, or a task for each chunk (default: fleet)",
    )
    parser.add_argument("--workers", type=_count, metavar="N", help="size of the fleet")
    parser.add_argument("--json", action="store_true", help="one JSON array on standard output")
    parser.add_argument("--keep", action="store_true", help="keep the logs and e-mails")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 16:
        raise argparse.ArgumentTypeError("from 1 to 16")
    return count
