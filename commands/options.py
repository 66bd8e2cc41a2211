"""What every command that brings the platform up may be told, and makes ready for it."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, get_args

from worker import models as catalogues

from commands import model_choice
from commands.models.hub import hub_of_environment
from commands.models.install import install
from commands.models.shelf import CATALOGUE, models_folder
from commands.platform import Dispatch, Workers

if TYPE_CHECKING:
    from commands.model_choice import Choice
    from commands.models.install import InstalledModel
    from commands.transcribe.display import Display

MOST_WORKERS = 16


def add_to(parser: argparse.ArgumentParser, *, usual_model: str) -> None:
    """Add the options `--model`, `--dispatch`, `--workers` and `--keep`.

    Args:
        parser: of the command.
        usual_model: which model is taken where none is named, for the help text.
    """
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="fixture, a name of worker-image/models.toml, or a CTranslate2 folder "
        f"(default: {usual_model})",
    )
    parser.add_argument(
        "--dispatch",
        choices=get_args(Dispatch),
        default="fleet",
        help="warm workers, or a task for each chunk (default: fleet)",
    )
    parser.add_argument("--workers", type=_count, metavar="N", help="size of the fleet")
    parser.add_argument("--keep", action="store_true", help="keep the logs and e-mails")


def choice_of(model: str | None, *, own_files: bool) -> Choice:
    """Decide which model transcribes on this machine.

    Args:
        model: what was asked for.
        own_files: whether the recordings are the person's own, not the samples.

    Raises:
        ModelUnknown: there is no model that was asked for.
    """
    known = catalogues.load(CATALOGUE).models.keys() - {model_choice.CUSTOM}
    free_bytes = model_choice.free_memory_bytes()
    return model_choice.choose(model, own_files=own_files, free_bytes=free_bytes, known=known)


def installed(choice: Choice, display: Display) -> InstalledModel:
    """Bring a model to this machine, unless it is there.

    Raises:
        ModelError: it cannot be brought here.
    """
    catalogue = catalogues.load(CATALOGUE)
    model = install(choice, catalogue, models_folder(), hub_of_environment(), display)
    display.close()
    return model


def fitting_workers(dispatch: Dispatch, count: int | None, model: InstalledModel) -> Workers:
    """As many as are asked for; else two of the small fixture, or one of a real model."""
    cores = os.cpu_count() or 1
    chosen = count or (min(2, cores) if model.name == model_choice.FIXTURE else 1)
    return Workers(dispatch, chosen, max(1, cores // chosen))


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"from 1 to {MOST_WORKERS}")
    return count
