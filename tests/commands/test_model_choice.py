"""The samples get the fixture model; a person's own files get the best that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.model_choice import Choice, choose, describe, estimate, free_memory_bytes
from commands.models.errors import ModelUnknown

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = ("fixture", "large-v3-turbo", "small")


def test_the_samples_are_transcribed_by_the_fixture() -> None:
    choice = choose(None, own_files=False, free_bytes=10**12, known=KNOWN)

    assert choice.is_fixture


@pytest.mark.parametrize(
    ("free_gigabytes", "name"),
    [(0.5, "small"), (5.999, "small"), (6.0, "large-v3-turbo"), (64, "large-v3-turbo")],
)
def test_own_files_get_the_large_model_where_it_fits(free_gigabytes: float, name: str) -> None:
    choice = choose(None, own_files=True, free_bytes=int(free_gigabytes * 1e9), known=KNOWN)

    assert choice.name == name
    assert f"{free_gigabytes:.1f} GB" in choice.reason


def test_a_name_that_is_asked_for_is_taken_whatever_the_memory() -> None:
    choice = choose("large-v3-turbo", own_files=True, free_bytes=0, known=KNOWN)

    assert choice.name == "large-v3-turbo"


def test_a_folder_of_ones_own_is_taken_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()

    choice = choose(str(tmp_path), own_files=True, free_bytes=0, known=KNOWN)

    assert (choice.name, choice.directory) == ("custom", tmp_path)


def test_an_unknown_model_is_refused_with_the_known_names(tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown, match="fixture, large-v3-turbo, small"):
        choose(str(tmp_path), own_files=True, free_bytes=0, known=KNOWN)


def test_twice_the_cores_take_half_the_time() -> None:
    choice = Choice("small", None, "as asked")
    two, four = (estimate(choice, [600.0], cores) for cores in (2, 4))

    assert two is not None
    assert four == two / 2


def test_an_hour_with_the_large_model_on_two_cores_is_about_21_minutes() -> None:
    choice = Choice("large-v3-turbo", None, "as asked")

    line = describe(choice, estimate(choice, [3600.0], 2))

    assert line == "Model: large-v3-turbo, as asked; about 21 minutes on this machine."


def test_nothing_is_estimated_for_a_model_that_was_not_measured() -> None:
    assert estimate(Choice("custom", None, "as asked"), [600.0], 2) is None


@pytest.mark.parametrize(("limit", "free"), [("max", 8_000_000_000), ("3000000000", 2_000_000_000)])
def test_a_container_with_a_limit_has_less_memory_than_its_machine(
    tmp_path: Path, limit: str, free: int
) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    7812500 kB\n")
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text("1000000000\n")

    assert free_memory_bytes(tmp_path / "meminfo", tmp_path) == free
