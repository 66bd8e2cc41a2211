"""Where the files of each package lie on this machine, and what a model needs beside its own."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from commands.model_choice import CUSTOM, FIXTURE
from commands.models import punkt
from commands.models.errors import ModelUnknown
from commands.models.fetch import is_complete
from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from worker.models import Catalogue, ModelProfile, Package

ROOT: Final = Path(__file__).resolve().parents[2]
CATALOGUE: Final = ROOT / "worker-image" / "models.toml"
FIXTURE_ALIGNER: Final = "fixture-aligner"

Presence = Literal["complete", "partly", "no"]


def models_folder() -> Path:
    """The folder of all fetched models: `MODELS_DIRECTORY`, or one in the repository."""
    return Path(os.environ.get("MODELS_DIRECTORY") or ROOT / ".build" / "models")


def names(catalogue: Catalogue) -> list[str]:
    """Everything that can be asked for by name: models first, then packages."""
    return [name for name in (*catalogue.models, *catalogue.packages) if name != CUSTOM]


def needed(name: str, catalogue: Catalogue) -> tuple[Package, ...]:
    """A model's own files and all that it needs beside them; or the one package of that name.

    Raises:
        ModelUnknown: the catalogue has neither.
    """
    if name in catalogue.packages:
        return (catalogue.packages[name],)
    if name not in catalogue.models or name == CUSTOM:
        raise ModelUnknown(f"{name!r} is not one of {', '.join(names(catalogue))}")
    model = catalogue.models[name]
    return (model.package, *(catalogue.packages[beside] for beside in _beside(model)))


def _beside(model: ModelProfile) -> list[str]:
    # The fixture brings a splitter of its own, one without abbreviations.
    splitter = [] if model.name == FIXTURE else [punkt.PACKAGE]
    return [*dict.fromkeys(model.aligners.values()), *splitter, f"{model.vad}-vad"]


def is_fetched(package: Package) -> bool:
    """Whether the files come from a server; the others are part of something else."""
    return package.repository is not None


@dataclass(frozen=True)
class Shelf:
    """The packages on this machine.

    Attributes:
        models: the folder of all fetched models.
    """

    models: Path

    def folder(self, package: Package) -> Path:
        """Where the package's files lie, or would lie.

        Raises:
            ModelUnknown: the Python package that brings them is not installed.
        """
        if package.bundled_in:
            return _installed(package.bundled_in)
        if package.name == FIXTURE:
            return unpack_fixture().whisper
        if package.name == FIXTURE_ALIGNER:
            return unpack_fixture().aligner
        return self.models / package.name

    def presence(self, package: Package) -> Presence:
        """Whether the files are here, judged by their lengths alone."""
        try:
            folder = self.folder(package)
        except ModelUnknown:
            return "no"
        if is_fetched(package):
            if is_complete(package, folder):
                return "complete"
            return "partly" if folder.is_dir() and any(folder.iterdir()) else "no"
        found = [_length(folder / file.path) == file.size_bytes for file in package.files]
        return "complete" if all(found) else "partly" if any(found) else "no"


def origin(package: Package) -> str:
    """Where the files come from, in a few words."""
    if package.bundled_in:
        try:
            return f"{package.bundled_in} {importlib.metadata.version(package.bundled_in)}"
        except importlib.metadata.PackageNotFoundError:
            return f"{package.bundled_in}, not installed"
    return package.repository or "this repository"


def _installed(distribution: str) -> Path:
    specification = importlib.util.find_spec(distribution.replace("-", "_"))
    if specification is None or not specification.submodule_search_locations:
        raise ModelUnknown(f"the Python package {distribution} is not installed")
    return Path(specification.submodule_search_locations[0])


def _length(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
