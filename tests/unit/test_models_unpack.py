"""The fixture models unpack once, whole, and only if they are the pinned ones."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from models import unpack

if TYPE_CHECKING:
    from pathlib import Path


def test_every_part_is_where_the_answer_says(tmp_path: Path) -> None:
    model = unpack.unpack_fixture(tmp_path / "fixture")

    assert (model.whisper / "model.bin").stat().st_size > 1_000_000
    assert (model.aligner / "model.safetensors").is_file()
    punkt = model.nltk_data / "tokenizers" / "punkt_tab"
    assert len(list(punkt.glob("english/*"))) == len(list(punkt.glob("spanish/*"))) == 4


def test_nltk_may_trust_its_files_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        nltk_data = unpack.unpack_fixture(tmp_path / "fixture").nltk_data
    finally:
        os.umask(before)

    assert not [path for path in (nltk_data, *nltk_data.rglob("*")) if path.stat().st_mode & 0o022]


def test_a_second_call_leaves_the_files_alone(tmp_path: Path) -> None:
    first = unpack.unpack_fixture(tmp_path / "fixture")
    made = (first.whisper / "model.bin").stat()

    again = unpack.unpack_fixture(tmp_path / "fixture")

    assert again == first
    assert (again.whisper / "model.bin").stat().st_ino == made.st_ino


def test_callers_at_the_same_time_all_find_a_whole_model(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(unpack.unpack_fixture, tmp_path / "fixture") for _ in range(4)]
        models = {call.result() for call in calls}

    assert len(models) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"fixture", "fixture.lock"}


def test_a_model_of_other_checksums_is_replaced(tmp_path: Path) -> None:
    stale = tmp_path / "fixture" / "whisper"
    stale.mkdir(parents=True)
    (tmp_path / "fixture" / "sha256").write_text("of an older model")

    unpack.unpack_fixture(tmp_path / "fixture")

    assert (stale / "model.bin").is_file()


def test_a_damaged_archive_is_named_and_nothing_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "_FOLDER", tmp_path)
    (tmp_path / "whisper.tar.xz").write_bytes(b"cut short")

    with pytest.raises(unpack.FixtureDamaged, match=r"whisper\.tar\.xz has sha256"):
        unpack.unpack_fixture(tmp_path / "made")

    assert not (tmp_path / "made").exists()
