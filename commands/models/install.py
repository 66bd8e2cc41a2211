"""Puts a chosen model, its aligners and the sentence splitter where the worker is told they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.models.fetch import fetch
from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scribe.shapes import Language
    from worker.models import Catalogue

    from commands.model_choice import Choice
    from commands.models.fetch import Progress
    from commands.models.hub import Hub


@dataclass(frozen=True)
class InstalledModel:
    """Where everything lies that the worker loads."""

    name: str
    directory: Path
    aligners: Mapping[Language, Path]
    nltk_data: Path


def install(
    choice: Choice, catalogue: Catalogue, models: Path, hub: Hub, progress: Progress
) -> InstalledModel:
    """Unpack the fixture, or fetch what is not there yet.

    Args:
        choice: which model.
        catalogue: what it is made of.
        models: the folder of all models.
        hub: where a model is fetched from.
        progress: is told of every download.

    Raises:
        ModelError: it cannot be fetched.
    """
    fixture = unpack_fixture()
    profile = catalogue.model(choice.name)
    if choice.is_fixture:
        aligners = dict.fromkeys(profile.languages, fixture.aligner)
        return InstalledModel(choice.name, fixture.whisper, aligners, fixture.nltk_data)
    directory = choice.directory or fetch(profile.package, models, hub, progress)
    packages = {
        name: fetch(catalogue.packages[name], models, hub, progress)
        for name in dict.fromkeys(profile.aligners.values())
    }
    # The fixture's sentence splitter knows no abbreviations: "Dr." ends a sentence, and no
    # more than that depends on it.
    return InstalledModel(
        choice.name,
        directory,
        {language: packages[profile.aligners[language]] for language in profile.languages},
        fixture.nltk_data,
    )
