"""Fills the folder that worker-image/Dockerfile copies a model from."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from commands.model_choice import FIXTURE
from commands.models import punkt
from commands.models.errors import ModelNotPinned
from commands.models.fetch import require_commercial_use
from commands.models.shelf import needed
from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from worker.models import Catalogue, Package

    from commands.models.shelf import Shelf


def require_pinned(name: str, catalogue: Catalogue) -> None:
    """Refuse to build an image of files that nobody has pinned.

    Raises:
        ModelNotPinned: the text says why it matters and what to do.
    """
    loose = [package.name for package in needed(name, catalogue) if not package.verified]
    if loose:
        raise ModelNotPinned(
            f"models.toml does not pin {', '.join(loose)}. Two builds could hold different "
            "weights, and transcripts could change with no change in the repository; whoever "
            "can write to a publisher's repository could put files into your image. Pin them: "
            f"npm run models -- verify {name} --pin; or build once with --unverified."
        )


def fill(
    name: str, catalogue: Catalogue, shelf: Shelf, folder: Path, *, accept_non_commercial: bool
) -> int:
    """Make the folder anew, with hard links to the weights where the disk allows them.

    Args:
        name: a model whose packages are all here.
        catalogue: what it is made of.
        shelf: where the packages lie.
        folder: gets `asr/`, `aligner-{language}/` and `nltk_data/`.
        accept_non_commercial: take weights whose licence forbids commercial use.

    Returns:
        The folder's size in bytes.

    Raises:
        LicenceRefused: a licence forbids commercial use.
    """
    model = catalogue.model(name)
    if not accept_non_commercial:
        for package in needed(name, catalogue):
            require_commercial_use(package)
    parts = {"asr": model.package} | {
        f"aligner-{language}": catalogue.packages[model.aligners[language]]
        for language in model.languages
    }
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    size = sum(
        _link(shelf.folder(package), _paths(package), draft / part)
        for part, package in parts.items()
    )
    nltk_data = nltk_folder(name, catalogue, shelf)
    # Copied: NLTK refuses to read a file that has several links.
    shutil.copytree(nltk_data, draft / "nltk_data")
    size += sum(file.stat().st_size for file in nltk_data.rglob("*") if file.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return size


def nltk_folder(name: str, catalogue: Catalogue, shelf: Shelf) -> Path:
    """The value of `NLTK_DATA` for a model: NLTK's own data, or the fixture's without any."""
    if name == FIXTURE:
        return unpack_fixture().nltk_data
    return shelf.folder(catalogue.packages[punkt.PACKAGE]) / punkt.UNPACKED


def _paths(package: Package) -> Iterator[str]:
    return (file.path for file in package.files)


def _link(source: Path, paths: Iterable[str], target: Path) -> int:
    """Bring files into another folder; returns their size in bytes."""
    size = 0
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source / path, target / path)
        except OSError:  # another disk, or one without hard links
            shutil.copy2(source / path, target / path)
        size += (target / path).stat().st_size
    return size
