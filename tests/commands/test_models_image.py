"""The models where the worker's image is built from, and where a worker on a laptop finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from worker.models import load

from commands import model_choice
from commands.models.__main__ import main
from commands.models.errors import LicenceRefused
from commands.models.hub import Hub
from commands.models.image import fill
from commands.models.install import install
from commands.models.shelf import CATALOGUE, Shelf
from commands.transcribe.display import Display
from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.hub_server import HubServer

ACCEPT = "--accept-non-commercial"


def test_an_image_is_not_made_of_what_nobody_pinned(
    catalogue: Path, server: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", "real", ACCEPT], catalogue) == 1

    said = capsys.readouterr().err
    assert "real, aligner, alineador" in said
    assert "--unverified" in said
    assert server.ranges == []


def test_the_image_folder_holds_what_the_dockerfile_expects(
    catalogue: Path, shelf: Shelf, tmp_path: Path
) -> None:
    main(["fetch", "real", ACCEPT], catalogue)
    folder = tmp_path / "image" / "real"

    size = fill("real", load(catalogue), shelf, folder, accept_non_commercial=True)

    held = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    splitter = {name for name in held if name.startswith("nltk_data/tokenizers/punkt_tab/")}
    assert len(splitter) == 8
    assert held - splitter == {
        "asr/model.bin",
        "asr/config.json",
        "aligner-en/aligner.safetensors",
        "aligner-es/alineador.safetensors",
    }
    assert size == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert (folder / "asr/model.bin").samefile(shelf.models / "real/model.bin")
    # NLTK refuses to read a file that has several links.
    assert {(folder / name).stat().st_nlink for name in splitter} == {1}


def test_a_second_filling_leaves_nothing_of_the_first(
    catalogue: Path, shelf: Shelf, tmp_path: Path
) -> None:
    main(["fetch", "real", ACCEPT], catalogue)
    folder = tmp_path / "image" / "real"
    (folder / "asr").mkdir(parents=True)
    (folder / "asr" / "old.bin").touch()

    fill("real", load(catalogue), shelf, folder, accept_non_commercial=True)

    assert not (folder / "asr" / "old.bin").exists()


def test_the_fixture_fills_an_image_without_a_download(tmp_path: Path) -> None:
    folder = tmp_path / "image"

    fill("fixture", load(CATALOGUE), Shelf(tmp_path), folder, accept_non_commercial=False)

    assert (folder / "asr/model.bin").is_file()
    assert (folder / "aligner-es/model.safetensors").is_file()
    assert (folder / "nltk_data/tokenizers/punkt_tab/english/abbrev_types.txt").is_file()


def test_a_real_model_is_installed_with_the_real_splitter(
    catalogue: Path, shelf: Shelf, server: HubServer
) -> None:
    main(["fetch", "real", ACCEPT], catalogue)
    choice = model_choice.Choice("real", None, "as asked")

    with Display() as display:
        model = install(choice, load(catalogue), shelf.models, Hub(server.endpoint), display)

    abbreviations = model.nltk_data / "tokenizers/punkt_tab/english/abbrev_types.txt"
    assert abbreviations.read_text() == "dr\n"
    assert model.nltk_data != unpack_fixture().nltk_data
    assert set(model.aligners) == {"en", "es"}


def test_an_image_is_not_made_of_weights_that_were_accepted_for_something_else(
    catalogue: Path, shelf: Shelf, tmp_path: Path
) -> None:
    main(["fetch", "real", ACCEPT], catalogue)

    with pytest.raises(LicenceRefused, match="alineador"):
        fill("real", load(catalogue), shelf, tmp_path / "image", accept_non_commercial=False)
