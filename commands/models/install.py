"""Puts a chosen model, its aligners and the sentence splitter where the worker is told they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.models import punkt
from commands.models.fetch import fetch
from commands.models.image import nltk_folder
from commands.models.shelf import Shelf, is_fetched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scribe.shapes import Language
    from worker.models import Catalogue, Package

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
    shelf = Shelf(models)
    profile = catalogue.model(choice.name)
    directory = choice.directory or bring(profile.package, shelf, hub, progress)
    packages = {
        name: bring(catalogue.packages[name], shelf, hub, progress)
        for name in dict.fromkeys(profile.aligners.values())
    }
    if not choice.is_fixture:
        bring(catalogue.packages[punkt.PACKAGE], shelf, hub, progress)
    return InstalledModel(
        choice.name,
        directory,
        {language: packages[profile.aligners[language]] for language in profile.languages},
        nltk_folder(choice.name, catalogue, shelf),
    )


def bring(
    package: Package,
    shelf: Shelf,
    hub: Hub,
    progress: Progress,
    *,
    accept_non_commercial: bool = False,
) -> Path:
    """Make sure that a package is here, ready to be loaded.

    Args:
        package: of the catalogue.
        shelf: where packages lie.
        hub: where a model is fetched from.
        progress: is told of a download.
        accept_non_commercial: take weights whose licence forbids commercial use.

    Returns:
        The package's folder.

    Raises:
        ModelError: it cannot be fetched, or its Python package is not installed.
    """
    if not is_fetched(package):
        return shelf.folder(package)
    folder = fetch(
        package, shelf.models, hub, progress, accept_non_commercial=accept_non_commercial
    )
    if package.name == punkt.PACKAGE:
        punkt.unpack(folder / package.files[0].path, folder / punkt.UNPACKED)
    return folder
