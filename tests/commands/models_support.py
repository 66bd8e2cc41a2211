"""A model with all that models need, as a catalogue describes it and a hub serves it."""

from __future__ import annotations

from tests.commands.hub_server import REPOSITORY
from tests.commands.punkt_archive import archive, entries

SPLITTER = archive(entries())
MODEL_FILES = {
    "model.bin": b"weights" * 9000,
    "aligner.safetensors": b"english" * 7000,
    "alineador.safetensors": b"spanish" * 7000,
    "punkt_tab.zip": SPLITTER,
}
CATALOGUE_TEXT = f"""
[models.real]
purpose = "these tests"
repository = "{REPOSITORY}"
revision = "main"
licence = "MIT"
verified = false
languages = ["en", "es"]
chunk_size_seconds = 30
vad = "silero"
beam_size = 5
compute_type = {{ cpu = "int8" }}
batch_size = {{ cpu = 2 }}
aligners = {{ en = "aligner", es = "alineador" }}
files = [{{ path = "model.bin" }}, {{ path = "config.json" }}]

[packages.aligner]
repository = "{REPOSITORY}"
revision = "main"
licence = "Apache-2.0"
verified = false
files = [{{ path = "aligner.safetensors" }}]

[packages.alineador]
repository = "{REPOSITORY}"
revision = "main"
licence = "CC BY-NC 4.0"
verified = false
files = [{{ path = "alineador.safetensors" }}]

[packages.punkt_tab]
repository = "ENDPOINT/cdn/punkt_tab.zip"
licence = "MIT"
verified = true
files = [{{ path = "punkt_tab.zip", size_bytes = {len(SPLITTER)}, sha256 = "SPLITTER" }}]

[packages.silero-vad]
bundled_in = "faster-whisper"
licence = "MIT"
verified = true
files = []
"""
