"""A hub, a catalogue and a folder of models for the tests of `npm run models`."""

from __future__ import annotations

import hashlib
import signal
from typing import TYPE_CHECKING

import pytest

from commands.models.shelf import Shelf
from tests.commands.hub_server import HubServer, running_hub
from tests.commands.models_support import CATALOGUE_TEXT, MODEL_FILES, SPLITTER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[HubServer]:
    with running_hub() as hub:
        hub.large_files.update(MODEL_FILES)
        hub.small_files["config.json"] = b"{}\n"
        yield hub


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


@pytest.fixture
def catalogue(
    server: HubServer, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The command's surroundings: its catalogue, its hub and its folder of models."""
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    monkeypatch.setenv("MODELS_DIRECTORY", str(shelf.models))
    path = tmp_path / "models.toml"
    sha256 = hashlib.sha256(SPLITTER).hexdigest()
    path.write_text(
        CATALOGUE_TEXT.replace("ENDPOINT", server.endpoint).replace('"SPLITTER"', f'"{sha256}"')
    )
    before = signal.getsignal(signal.SIGTERM)
    yield path
    signal.signal(signal.SIGTERM, before)
