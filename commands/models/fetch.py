"""Fetches all files of one model into a folder that is complete or not there."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from filelock import FileLock, Timeout

from commands.models.errors import DiskTooSmall, LicenceRefused, ModelCorrupt
from commands.models.hub import Digest, Hub, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST: Final = "manifest.json"
"""Written last: a folder without it is not complete. It records each file's SHA-256."""

_RESERVE_BYTES: Final = 500_000_000  # left free for audio and logs
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class WantedFile:
    """One file; `size` in bytes, and None with `sha256` where only the hub knows them."""

    path: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class WantedModel:
    """A model of the catalogue and where its weights are published."""

    name: str
    repository: str
    revision: str
    licence: str
    commercial_use: bool
    files: tuple[WantedFile, ...]


class Progress(Protocol):
    """What the person at the keyboard is shown."""

    def say(self, line: str) -> None:
        """Show one line."""

    def begin(self, name: str, total_bytes: int) -> None:
        """Show a bar for one model."""

    def advance(self, count: int) -> None:
        """Move the bar by so many bytes; back when negative."""


def fetch(model: WantedModel, models: Path, hub: Hub, progress: Progress) -> Path:
    """Make sure that the model's files lie in `{models}/{name}`.

    Two runs at once are safe: the second waits for the first.

    Args:
        model: what to fetch.
        models: the folder of all models.
        hub: where from.
        progress: is told the size, the free space and each step forward.

    Returns:
        The model's folder.

    Raises:
        ModelError: one of its kinds; nothing half-made is ever taken for a model.
    """
    folder = models / model.name
    if is_complete(model, folder):
        return folder
    if not model.commercial_use:
        raise LicenceRefused(
            f"the licence of {model.repository}, {model.licence}, does not allow commercial use"
        )
    models.mkdir(parents=True, exist_ok=True)
    with _alone(models / f"{model.name}.lock", model.name, progress):
        if not is_complete(model, folder):  # another run may have fetched it meanwhile
            _fetch_files(model, folder, hub, progress)
    return folder


def is_complete(model: WantedModel, folder: Path) -> bool:
    """Whether the folder holds this revision of the model, whole.

    Checksums were compared when the files came; here only the lengths are.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except FileNotFoundError:
        return False
    if (manifest["repository"], manifest["revision"]) != (model.repository, model.revision):
        return False
    recorded = {file["path"]: file for file in manifest["files"]}
    return all(
        wanted.path in recorded
        and wanted.sha256 in (None, recorded[wanted.path]["sha256"])
        and (folder / wanted.path).is_file()
        and (folder / wanted.path).stat().st_size == recorded[wanted.path]["size"]
        for wanted in model.files
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


def _fetch_files(model: WantedModel, folder: Path, hub: Hub, progress: Progress) -> None:
    remote = [_described(model, wanted, hub) for wanted in model.files]
    total = sum(file.size for file in remote)
    _require_room(total, folder, model, hub, progress)
    (folder / MANIFEST).unlink(missing_ok=True)
    progress.begin(model.name, total)
    files = [
        WantedFile(file.path, file.size, hub.download(file, folder / file.path, progress.advance))
        for file in remote
    ]
    manifest = asdict(model) | {"files": [asdict(file) for file in files]}
    draft = folder / f"{MANIFEST}.part"
    draft.write_text(json.dumps(manifest, indent=2) + "\n")
    draft.replace(folder / MANIFEST)


def _described(model: WantedModel, wanted: WantedFile, hub: Hub) -> RemoteFile:
    """The file as the hub describes it, held to what the catalogue says."""
    file = hub.describe(model.repository, model.revision, wanted.path)
    expected = Digest("sha256", wanted.sha256) if wanted.sha256 else file.digest
    contradicted = file.digest.kind == expected.kind and file.digest != expected
    if contradicted or wanted.size not in (None, file.size):
        raise ModelCorrupt(
            f"{wanted.path} of {model.repository} at {hub.endpoint} is not the file that the "
            f"catalogue describes ({file.size} bytes, {file.digest.value})"
        )
    return RemoteFile(file.path, file.url, file.size, expected)


def _require_room(
    total: int, folder: Path, model: WantedModel, hub: Hub, progress: Progress
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    present = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    missing, free = max(0, total - present), shutil.disk_usage(folder).free
    if missing + _RESERVE_BYTES > free:
        raise DiskTooSmall(
            f"{model.name} needs {missing // _MEGABYTE} MB more and "
            f"{_RESERVE_BYTES // _MEGABYTE} MB to spare; {folder} has {free // _MEGABYTE} MB free"
        )
    progress.say(
        f"Fetching {model.name} from {hub.endpoint}: {missing // _MEGABYTE} MB, "
        f"{free // _MEGABYTE} MB free on this disk ({model.licence})."
    )
