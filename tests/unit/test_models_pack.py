"""The archive of a model holds its files, and nothing of the machine or the moment."""

from __future__ import annotations

import os
import tarfile
from typing import TYPE_CHECKING

from models.pack import pack

if TYPE_CHECKING:
    from pathlib import Path


def exported(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "config.json").write_text("{}")
    return folder


def test_the_same_files_give_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    first, second = exported(tmp_path / "first"), exported(tmp_path / "second")
    os.utime(second / "model.bin", (1, 1))

    pack(first, tmp_path / "first.tar.xz")
    pack(second, tmp_path / "second.tar.xz")

    assert (tmp_path / "first.tar.xz").read_bytes() == (tmp_path / "second.tar.xz").read_bytes()


def test_the_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    folder = exported(tmp_path / "model")
    pack(folder, tmp_path / "model.tar.xz")

    with tarfile.open(tmp_path / "model.tar.xz") as archive:
        archive.extractall(tmp_path / "out", filter="data")

    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / "whisper").iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
