"""Recomputes the checksums of the files that are here, and writes what pins them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.models import manifest, punkt
from commands.models.errors import ModelCorrupt, ModelUnknown
from commands.models.hub import sha256_of
from commands.models.shelf import is_fetched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worker.models import Package

    from commands.models.manifest import Manifest
    from commands.models.shelf import Shelf


def problems(package: Package, shelf: Shelf) -> list[str]:
    """What is wrong with a package's files; nothing if every byte is as it should be.

    A file is held to the catalogue, or where that does not pin it, to the record of its
    download.

    Raises:
        ModelUnknown: the Python package that brings the files is not installed.
    """
    folder = shelf.folder(package)
    record = manifest.read(folder) if is_fetched(package) else None
    if is_fetched(package) and record is None:
        return [f"not fetched: npm run models -- fetch {package.name}"]
    found = [*_wrong_files(package, folder, record)]
    if package.name == punkt.PACKAGE and not found:
        found += _wrong_punkt(package, folder)
    return found


def pinned(package: Package, shelf: Shelf) -> str:
    """The lines of models.toml that pin a package to the files that are here.

    Raises:
        ModelUnknown: they were never fetched.
        ModelCorrupt: they are not whole.
    """
    folder = shelf.folder(package)
    record = manifest.read(folder)
    if record is None:
        raise ModelUnknown(f"{package.name} is not here: npm run models -- fetch {package.name}")
    if wrong := problems(package, shelf):
        raise ModelCorrupt(f"{package.name} cannot be pinned: {'; '.join(wrong)}")
    rows = "".join(
        f'    {{ path = "{file.path}", size_bytes = {file.size_bytes}, '
        f'sha256 = "{file.sha256}" }},\n'
        for file in record.files
    )
    # A hub that does not tell its commit leaves the revision as it was asked for.
    return f'revision = "{record.commit or record.revision}"\nverified = true\nfiles = [\n{rows}]'


def _wrong_files(package: Package, folder: Path, record: Manifest | None) -> Iterator[str]:
    came = {file.path: file for file in record.files} if record else {}
    for wanted in package.files:
        path = folder / wanted.path
        fetched = came.get(wanted.path)
        size = wanted.size_bytes or (fetched.size_bytes if fetched else None)
        sha256 = wanted.sha256 or (fetched.sha256 if fetched else None)
        if not path.is_file():
            yield f"{wanted.path} is missing"
        elif path.stat().st_size != size:
            yield f"{wanted.path} has {path.stat().st_size} bytes, not {size}"
        elif (found := sha256_of(path)) != sha256:
            yield f"{wanted.path} has sha256 {found}, not {sha256}"


def _wrong_punkt(package: Package, folder: Path) -> Iterator[str]:
    for path, content in punkt.contents(folder / package.files[0].path).items():
        target = folder / punkt.UNPACKED / path
        if not target.is_file() or target.read_bytes() != content:
            yield f"{path} is not as in {package.files[0].path}"
