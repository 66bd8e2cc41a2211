"""`npm run models`: what it fetches, checks, pins, refuses, and answers with."""

from __future__ import annotations

import hashlib
import tomllib
from typing import TYPE_CHECKING

import pytest
from worker.models import load

from commands.models.__main__ import main
from commands.models.shelf import CATALOGUE, Shelf
from tests.commands.hub_server import REVISION, HubServer
from tests.commands.models_support import MODEL_FILES, SPLITTER

if TYPE_CHECKING:
    from pathlib import Path

ACCEPT = "--accept-non-commercial"


def test_a_model_is_fetched_with_all_that_it_needs(catalogue: Path, shelf: Shelf) -> None:
    assert main(["fetch", "real", ACCEPT], catalogue) == 0

    assert (shelf.models / "real" / "model.bin").read_bytes() == MODEL_FILES["model.bin"]
    assert (shelf.models / "aligner" / "aligner.safetensors").is_file()
    assert (shelf.models / "punkt_tab/nltk_data/tokenizers/punkt_tab/spanish").is_dir()


def test_size_licences_and_free_space_are_said_first(
    catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fetch", "aligner", "punkt_tab"], catalogue)

    said = capsys.readouterr().err.splitlines()
    assert "aligner (Apache-2.0)" in said[0]
    assert "are free" in said[0]
    assert any(line.startswith("Fetching punkt_tab (MIT) from http://127.0.0.1") for line in said)


def test_non_commercial_weights_are_refused_unless_accepted(
    catalogue: Path, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "alineador"], catalogue) == 1

    said = capsys.readouterr().err
    assert "CC BY-NC 4.0" in said
    assert ACCEPT in said
    assert not (shelf.models / "alineador").exists()
    assert main(["fetch", "alineador", ACCEPT], catalogue) == 0


def test_what_is_accepted_with_the_option_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["fetch", "--help"])

    assert "not commercial use" in " ".join(capsys.readouterr().out.split())


def test_one_name_that_fails_does_not_keep_the_others_back(
    catalogue: Path, shelf: Shelf, server: HubServer
) -> None:
    del server.large_files["model.bin"]

    assert main(["fetch", "real", "punkt_tab"], catalogue) == 1

    assert (shelf.models / "punkt_tab" / "nltk_data").is_dir()


@pytest.mark.parametrize(
    "arguments", [["fetch", "unknown"], ["verify", "real", "custom"], ["image", "punkt_tab"]]
)
def test_a_name_that_does_not_fit_is_misuse(
    catalogue: Path, server: HubServer, arguments: list[str]
) -> None:
    assert main(arguments, catalogue) == 2
    assert server.ranges == []


def test_an_archive_with_another_checksum_is_refused(
    catalogue: Path, shelf: Shelf, server: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.large_files["punkt_tab.zip"] = bytes(len(SPLITTER))

    assert main(["fetch", "punkt_tab"], catalogue) == 1

    assert "ModelCorrupt" in capsys.readouterr().err
    assert not (shelf.models / "punkt_tab" / "nltk_data").exists()


def test_an_archive_that_nobody_pinned_is_not_fetched(
    catalogue: Path, server: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    text = catalogue.read_text()
    head, tail = text.split("[packages.punkt_tab]")
    catalogue.write_text(f"{head}[packages.punkt_tab]{tail.replace('true', 'false', 1)}")

    assert main(["fetch", "punkt_tab"], catalogue) == 1

    assert "does not pin" in capsys.readouterr().err
    assert server.ranges == []


def test_verify_says_that_sound_files_are_not_pinned(
    catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fetch", "aligner", "punkt_tab"], catalogue)
    capsys.readouterr()

    assert main(["verify", "aligner", "punkt_tab"], catalogue) == 0

    aligner, splitter = capsys.readouterr().out.splitlines()
    assert "not pinned" in aligner
    assert "verify aligner --pin" in aligner
    assert splitter == "punkt_tab: as pinned"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("aligner/aligner.safetensors", "aligner.safetensors has sha256"),
        ("punkt_tab/punkt_tab.zip", "punkt_tab.zip has sha256"),
        ("punkt_tab/nltk_data/tokenizers/punkt_tab/english/abbrev_types.txt", "abbrev_types.txt"),
    ],
)
def test_verify_finds_a_changed_byte(
    catalogue: Path, shelf: Shelf, capsys: pytest.CaptureFixture[str], path: str, said: str
) -> None:
    main(["fetch", "aligner", "punkt_tab"], catalogue)
    changed = bytearray((shelf.models / path).read_bytes())
    changed[0] ^= 1
    (shelf.models / path).write_bytes(changed)
    capsys.readouterr()

    assert main(["verify", "aligner", "punkt_tab"], catalogue) == 1

    assert said in capsys.readouterr().out


def test_verify_says_how_to_get_what_is_missing(
    catalogue: Path, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fetch", "aligner"], catalogue)
    (shelf.models / "aligner" / "aligner.safetensors").unlink()
    capsys.readouterr()

    assert main(["verify", "aligner", "punkt_tab"], catalogue) == 1

    out = capsys.readouterr().out
    assert "aligner.safetensors is missing" in out
    assert "fetch punkt_tab" in out


def test_the_lines_to_pin_a_model_pin_it(
    catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fetch", "real", ACCEPT], catalogue)
    capsys.readouterr()

    assert main(["verify", "real", "--pin"], catalogue) == 0

    lines = tomllib.loads(capsys.readouterr().out)
    assert lines["models"]["real"]["revision"] == REVISION
    assert lines["models"]["real"]["verified"] is True
    assert lines["packages"].keys() == {"aligner", "alineador"}
    (weights, _) = lines["models"]["real"]["files"]
    assert weights == {
        "path": "model.bin",
        "size_bytes": len(MODEL_FILES["model.bin"]),
        "sha256": hashlib.sha256(MODEL_FILES["model.bin"]).hexdigest(),
    }


def test_damaged_files_are_not_pinned(
    catalogue: Path, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fetch", "aligner"], catalogue)
    (shelf.models / "aligner" / "aligner.safetensors").write_bytes(b"damaged")
    capsys.readouterr()

    assert main(["verify", "aligner", "--pin"], catalogue) == 1
    assert capsys.readouterr().out == ""


def test_what_is_bundled_or_embedded_is_as_models_toml_pins_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verify", "fixture", "silero-vad", "pyannote-vad"]) == 0

    assert set(capsys.readouterr().out.splitlines()) == {
        f"{name}: as pinned"
        for name in ("fixture", "fixture-aligner", "silero-vad", "pyannote-vad")
    }


def test_the_list_says_what_each_is_for_and_whether_it_is_here(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    fixture = next(index for index, line in enumerate(lines) if line.startswith("fixture "))
    assert lines[fixture].endswith("here")
    assert "samples" in lines[fixture + 1]
    assert any("from whisperx 3" in line for line in lines)


def test_every_entry_of_models_toml_says_what_it_is_for() -> None:
    catalogue = load(CATALOGUE)

    packages = [model.package for model in catalogue.models.values()]
    assert [
        each.name for each in (*packages, *catalogue.packages.values()) if not each.purpose
    ] == []
