"""Fetches all files of one package into a folder that is complete or not there."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from filelock import FileLock, Timeout

from commands.models import manifest
from commands.models.errors import DiskTooSmall, LicenceRefused, ModelCorrupt, ModelUnknown
from commands.models.hub import Digest, Hub, RemoteFile
from commands.models.manifest import FetchedFile, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worker.models import Package, PackageFile

_RESERVE_BYTES: Final = 500_000_000  # left free for audio and logs
_MEGABYTE: Final = 1_000_000


_NON_COMMERCIAL: Final = re.compile(r"\bNC\b|non-?commercial", re.IGNORECASE)


class Progress(Protocol):
    """What the person at the keyboard is shown."""

    def say(self, line: str) -> None:
        """Show one line."""

    def begin(self, name: str, total_bytes: int) -> None:
        """Show a bar for one model."""

    def advance(self, count: int) -> None:
        """Move the bar by so many bytes; back when negative."""


def fetch(
    package: Package,
    models: Path,
    hub: Hub,
    progress: Progress,
    *,
    accept_non_commercial: bool = False,
) -> Path:
    """Make sure that a package's files lie in `{models}/{name}`.

    Two runs at once are safe: the second waits for the first.

    Args:
        package: of the catalogue, published on the hub or at a URL of its own.
        models: the folder of all models.
        hub: where from.
        progress: is told the size, the free space and each step forward.
        accept_non_commercial: take weights whose licence forbids commercial use.

    Returns:
        The package's folder.

    Raises:
        ModelError: one of its kinds; nothing half-made is ever taken for a model.
    """
    folder = models / package.name
    if is_complete(package, folder):
        return folder
    if not accept_non_commercial:
        require_commercial_use(package)
    models.mkdir(parents=True, exist_ok=True)
    with _alone(models / f"{package.name}.lock", package.name, progress):
        if not is_complete(package, folder):  # another run may have fetched it meanwhile
            _fetch_files(package, folder, hub, progress)
    return folder


def require_commercial_use(package: Package) -> None:
    """Refuse weights that a company may not use.

    Raises:
        LicenceRefused: the licence names non-commercial use.
    """
    if _NON_COMMERCIAL.search(package.licence):
        raise LicenceRefused(
            f"the licence of {package.name}, {package.licence}, does not allow commercial use"
        )


def is_complete(package: Package, folder: Path) -> bool:
    """Whether the folder holds what the catalogue asks for, whole.

    Checksums were compared when the files came; here only the lengths are.
    """
    record = manifest.read(folder)
    if record is None:
        return False
    # A catalogue that has been pinned since names the commit that the revision stood for.
    same_revision = package.revision in {record.revision, record.commit}
    if record.repository != package.repository or not same_revision:
        return False
    came = {file.path: file for file in record.files}
    return all(
        wanted.path in came
        and wanted.sha256 in (None, came[wanted.path].sha256)
        and (folder / wanted.path).is_file()
        and (folder / wanted.path).stat().st_size == came[wanted.path].size_bytes
        for wanted in package.files
    )


@contextmanager
def _alone(path: Path, name: str, progress: Progress) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"Another run is fetching {name}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch_files(package: Package, folder: Path, hub: Hub, progress: Progress) -> None:
    remote = _described(package, hub)
    total = sum(file.size for file in remote)
    _require_room(total, folder, package, remote[0].origin, progress)
    (folder / manifest.NAME).unlink(missing_ok=True)
    progress.begin(package.name, total)
    came = [
        FetchedFile(file.path, file.size, hub.download(file, folder / file.path, progress.advance))
        for file in remote
    ]
    manifest.write(
        Manifest(
            repository=package.repository,
            revision=package.revision,
            commit=remote[0].commit,
            licence=package.licence,
            files=tuple(came),
        ),
        folder,
    )


def _described(package: Package, hub: Hub) -> list[RemoteFile]:
    """The files as the hub describes them, all of one commit, held to the catalogue."""
    if package.is_archive:
        return [_pinned_archive(package)]
    if not package.repository or not package.revision or not package.files:
        raise ModelUnknown(f"the catalogue does not say where {package.name} is published")
    first = hub.describe(package.repository, package.revision, package.files[0].path)
    rest = [
        hub.describe(package.repository, first.commit or package.revision, file.path)
        for file in package.files[1:]
    ]
    return [
        _held_to(wanted, file, package)
        for wanted, file in zip(package.files, [first, *rest], strict=True)
    ]


def _pinned_archive(package: Package) -> RemoteFile:
    """A web server, unlike a hub, vouches for nothing: the catalogue must."""
    if package.repository is None or len(package.files) != 1 or not package.verified:
        raise ModelUnknown(f"the catalogue does not pin the archive of {package.name}")
    (file,) = package.files
    digest = Digest("sha256", file.sha256 or "")
    return RemoteFile(file.path, package.repository, file.size_bytes or 0, digest, "")


def _held_to(wanted: PackageFile, file: RemoteFile, package: Package) -> RemoteFile:
    expected = Digest("sha256", wanted.sha256) if wanted.sha256 else file.digest
    contradicted = file.digest.kind == expected.kind and file.digest != expected
    if contradicted or wanted.size_bytes not in (None, file.size):
        raise ModelCorrupt(
            f"{wanted.path} of {package.repository} is not the file that the catalogue "
            f"describes; the hub has {file.size} bytes, {file.digest.value}"
        )
    return replace(file, digest=expected)


def _require_room(
    total: int, folder: Path, package: Package, origin: str, progress: Progress
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    present = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    missing, free = max(0, total - present), shutil.disk_usage(folder).free
    if missing + _RESERVE_BYTES > free:
        raise DiskTooSmall(
            f"{package.name} needs {missing // _MEGABYTE} MB more and "
            f"{_RESERVE_BYTES // _MEGABYTE} MB to spare; {folder} has {free // _MEGABYTE} MB free"
        )
    progress.say(
        f"Fetching {package.name} ({package.licence}) from {origin}: "
        f"{missing // _MEGABYTE} MB; {free // _MEGABYTE} MB are free on this disk."
    )
