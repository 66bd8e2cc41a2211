"""The command line of `npm run transcribe`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from scribe.shapes import LanguageChoice
from scribe.vocabulary import LONGEST_CHARACTERS

from commands import options
from samples import all_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.platform import Dispatch

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
        vocabulary: names and terms that all of them may use.
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
    vocabulary: str
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
    if len(given.vocabulary) > LONGEST_CHARACTERS:
        parser.error(f"--vocabulary: at most {LONGEST_CHARACTERS} characters")
    return Request(
        files=tuple(given.files) or tuple(sample.path for sample in all_samples()),
        own_files=bool(given.files),
        language=given.language,
        model=given.model,
        out=given.out,
        vocabulary=given.vocabulary,
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
        "--vocabulary",
        default="",
        metavar="TERMS",
        help="names and terms that may be spoken, with commas between",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("transcripts"),
        metavar="DIR",
        help="where the transcripts go (default: transcripts)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON array on standard output")
    options.add_to(parser, usual_model="what fits into memory")
    return parser
