"""What a function is deployed as, unpacked on disk: its package, its layers and the runtime."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import shutil
import stat
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNTIME_MODULES: Final = (
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six",
    "urllib3",
)
"""What AWS's Python runtime brings besides the standard library."""


class Artefacts:
    """Folders of unpacked archives, each made once and named by the hash of its contents.

    Args:
        root: the folder that holds them.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._one_at_a_time = threading.Lock()

    def unpacked(self, archives: Sequence[bytes]) -> Path:
        """Return a folder with the archives' contents; of two equal paths the later one wins."""
        digest = hashlib.sha256()
        for archive in archives:
            digest.update(hashlib.sha256(archive).digest())
        folder = self._root / digest.hexdigest()[:32]
        with self._one_at_a_time:
            if not folder.exists():
                unfinished = folder.with_suffix(".tmp")
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir(parents=True)
                for archive in archives:
                    _unpack(archive, unfinished)
                unfinished.rename(folder)
        return folder

    def runtime(self) -> Path:
        """Return a folder with what the runtime brings and nothing else."""
        folder = self._root / "runtime"
        with self._one_at_a_time:
            if not folder.exists():
                folder.mkdir(parents=True)
                for name in RUNTIME_MODULES:
                    source = _source_of(name)
                    (folder / source.name).symlink_to(source)
        return folder


def _source_of(module: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{module} belongs to the Lambda runtime and is not installed")
    origin = Path(found.origin)
    return origin.parent if origin.name == "__init__.py" else origin


def _unpack(archive: bytes, folder: Path) -> None:
    """Unpack with modes and symbolic links, which `extractall` drops and AWS keeps."""
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        for entry in package.infolist():
            mode = entry.external_attr >> 16
            if stat.S_ISLNK(mode):
                link = folder / entry.filename
                link.parent.mkdir(parents=True, exist_ok=True)
                link.unlink(missing_ok=True)
                link.symlink_to(os.fsdecode(package.read(entry)))
                continue
            target = Path(package.extract(entry, folder))
            if mode and not entry.is_dir():
                target.chmod(stat.S_IMODE(mode) | stat.S_IRUSR | stat.S_IWUSR)
