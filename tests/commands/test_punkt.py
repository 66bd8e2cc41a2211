"""NLTK's archive is unpacked to what its reader opens, and to nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from commands.models import punkt
from commands.models.errors import ModelCorrupt
from tests.commands.punkt_archive import archive, entries

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = """
import json, nltk
load = nltk.data.load
english = load('tokenizers/punkt_tab/english.pickle').tokenize('Ask Dr. Smith. He knows.')
spanish = load('tokenizers/punkt_tab/spanish.pickle').tokenize('La Sra. Ruiz vino. Ya sabe.')
print(json.dumps([english, spanish]))
"""


def unpacked(folder: Path, content: dict[str, bytes]) -> Path:
    path = folder / "punkt_tab.zip"
    path.write_bytes(archive(content))
    return punkt.unpack(path, folder / "nltk_data")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("umask", [0o022, 0o002], ids=["private", "shared with the group"])
def test_nltk_itself_splits_with_the_unpacked_data(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = unpacked(tmp_path, entries())
    finally:
        os.umask(before)

    environment = os.environ | {"NLTK_DATA": str(folder)}
    run = subprocess.run(
        [sys.executable, "-c", SPLIT], env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(run.stdout) == [
        ["Ask Dr. Smith.", "He knows."],
        ["La Sra. Ruiz vino.", "Ya sabe."],
    ]


def test_only_the_files_of_the_two_languages_are_unpacked(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, entries())

    assert files(folder) == {
        f"tokenizers/punkt_tab/{language}/{name}"
        for language in ("english", "spanish")
        for name in punkt.FILES
    }


@pytest.mark.parametrize(
    "name", ["../escaped", "/escaped", "punkt_tab/english/../../../escaped", "nltk_data/escaped"]
)
def test_other_names_in_the_archive_reach_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "inside").mkdir()

    unpacked(tmp_path / "inside", entries() | {name: b"hostile"})

    assert not [path for path in tmp_path.rglob("*") if path.name == "escaped"]


def test_a_link_in_the_archive_becomes_a_file(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("punkt_tab/english/abbrev_types.txt")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "punkt_tab.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
        for name, data in entries().items():
            if name != link.filename:
                zipped.writestr(name, data)

    folder = punkt.unpack(path, tmp_path / "nltk_data")

    target = folder / "tokenizers/punkt_tab/english/abbrev_types.txt"
    assert not target.is_symlink()
    assert target.read_text() == "/etc/passwd"


def test_a_file_that_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(punkt, "LARGEST_FILE_BYTES", 1_000_000)
    swelling = entries() | {"punkt_tab/english/collocations.tab": bytes(1_000_001)}

    with pytest.raises(ModelCorrupt, match="larger than 1 MB"):
        unpacked(tmp_path, swelling)

    assert not (tmp_path / "nltk_data").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    lacking = entries()
    del lacking["punkt_tab/spanish/sent_starters.txt"]

    with pytest.raises(ModelCorrupt, match=r"spanish/sent_starters\.txt"):
        unpacked(tmp_path, lacking)


@pytest.mark.parametrize(
    "damaged",
    [
        b"<html>not found</html>",
        archive(entries()).replace(b"PK\x03\x04", b"PK\x03\x05"),
        archive(entries() | {"punkt_tab/english/collocations.tab": bytes(5000)}).replace(
            zlib.compress(bytes(5000), wbits=-15), bytes(len(zlib.compress(bytes(5000), wbits=-15)))
        ),
    ],
    ids=["no zip", "bad header", "bad data"],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "punkt_tab.zip"
    path.write_bytes(damaged)

    with pytest.raises(ModelCorrupt, match="cannot be read"):
        punkt.unpack(path, tmp_path / "nltk_data")


def test_a_damaged_file_is_written_again(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, entries())
    target = folder / "tokenizers/punkt_tab/spanish/abbrev_types.txt"
    target.write_bytes(b"sr")

    unpacked(tmp_path, entries())

    assert target.read_bytes() == b"sra\n"
    assert len(files(folder)) == 8
