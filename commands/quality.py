"""Measures what the transcripts are worth.

    npm run quality                                        writes docs/quality.md, docs/models.md
    npm run quality -- --recordings FOLDER --model NAME    prints; FOLDER holds talk.mp3, talk.txt …

Exit status: 0 all was measured, 1 something could not be, 2 the command was misused.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from scribe.errors import PermanentError
from scribe.shapes import LanguageChoice
from worker.models import VadName

from bench.quality import models_page
from bench.quality.measuring import everything, recordings
from bench.quality.measuring.engine import catalogue, load
from bench.quality.rendering import page, pictures, report
from commands import model_choice
from commands.models.errors import ModelError, ModelUnknown
from commands.models.hub import hub_of_environment
from commands.models.install import install
from commands.models.shelf import models_folder
from commands.transcribe.display import Display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.quality.results import Hearing
    from commands.models.install import InstalledModel

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"

_DONE, _FAILED, _MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The process's exit status.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.model and not given.recordings:
        parser.error("the pages are about the fixture model; --model needs --recordings")
    with Display() as display:
        try:
            model = _installed(given, display)
            if given.recordings:
                return _measure_recordings(given, model, display)
        except (ModelUnknown, recordings.RecordingsMissing) as error:
            display.say(f"{type(error).__name__}: {error}")
            return _MISUSED
        except ModelError as error:
            display.say(f"{type(error).__name__}: {error}")
            return _FAILED
        write(model, display, DOCS)
    return _DONE


def write(model: InstalledModel, display: Display, folder: Path) -> None:
    """Measure everything and write the pages and pictures; minutes."""
    results = everything.measure(model, display.say)
    pages = {
        "quality.md": page.render(results, page.TEXT.read_text("utf-8")),
        page.CONFIDENCE_PICTURE: pictures.confidence(results.noisy),
        page.NOISE_PICTURE: pictures.noise(results.noisy),
        "models.md": models_page.render(),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
        display.say(f"written: {folder / name}")


def _measure_recordings(given: argparse.Namespace, model: InstalledModel, display: Display) -> int:
    found = recordings.find(given.recordings)
    display.say(f"{len(found)} recordings with the model {model.name}")
    listener = load(model, os.cpu_count() or 1, given.vad)
    language = None if given.language == "auto" else given.language
    hearings: list[Hearing] = []
    for number, recording in enumerate(found, start=1):
        display.say(f"{number} of {len(found)}: {recording.audio.name}")
        try:
            hearings.append(recordings.hear(listener, recording, language))
        except (PermanentError, subprocess.CalledProcessError) as error:
            display.say(f"{recording.audio.name} was left out: {type(error).__name__}: {error}")
    if hearings:
        print(report.render(hearings))
    return _DONE if len(hearings) == len(found) else _FAILED


def _installed(given: argparse.Namespace, display: Display) -> InstalledModel:
    known = catalogue()
    choice = model_choice.choose(
        given.model,
        own_files=bool(given.recordings),
        free_bytes=model_choice.free_memory_bytes(),
        known=known.models.keys() - {model_choice.CUSTOM},
    )
    return install(choice, known, models_folder(), hub_of_environment(), display)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run quality --",
        description="Measures what the transcripts are worth; without options, on the samples, "
        "and writes the pages about it.",
    )
    parser.add_argument(
        "--recordings",
        type=Path,
        metavar="FOLDER",
        help="your own recordings, each with a text of the same name: talk.mp3, talk.txt",
    )
    parser.add_argument("--model", metavar="NAME|PATH", help="the largest that fits, if not given")
    parser.add_argument("--language", choices=get_args(LanguageChoice), default="auto")
    parser.add_argument("--vad", choices=get_args(VadName), help="not the model's own detector")
    return parser


if __name__ == "__main__":
    sys.exit(main())
