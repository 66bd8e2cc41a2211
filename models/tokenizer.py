"""Whisper's multilingual tokenizer, taken from the embedded model.

Its 51,865 entries are those of openai/whisper-tiny (MIT). No installed package carries the
ranks it was built from, so the embedded `tokenizer.json` is the source here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tokenizers import Tokenizer  # type: ignore[import-untyped]  # ships no types

from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARY_SIZE: Final = 51_865
END_OF_TEXT: Final = 50_257
START_OF_TRANSCRIPT: Final = 50_258
FIRST_LANGUAGE: Final = 50_259
TRANSLATE: Final = 50_358
TRANSCRIBE: Final = 50_359
PREVIOUS: Final = 50_361
"""Before what was said earlier, and before hot words."""
NO_SPEECH: Final = 50_362
NO_TIMESTAMPS: Final = 50_363
FIRST_TIMESTAMP: Final = 50_364
"""Then one for each 0.02 s, up to 30 s."""
SPACE: Final = 220


def source() -> Path:
    """Give the embedded `tokenizer.json`."""
    return unpack_fixture().whisper / "tokenizer.json"


def load() -> Tokenizer:
    """Load it for encoding."""
    return Tokenizer.from_file(str(source()))


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Encode a text as Whisper writes it: with a space before the first word."""
    return list(tokenizer.encode(f" {text}", add_special_tokens=False).ids)


def language_ids() -> dict[str, int]:
    """Give the id of every language token, such as `<|en|>`."""
    added = json.loads(source().read_text())["added_tokens"]
    return {
        token["content"]: token["id"]
        for token in added
        if START_OF_TRANSCRIPT < token["id"] < TRANSLATE
    }


def write_without_timestamps(path: Path) -> None:
    """Write what CTranslate2's converter expects: it appends the timestamp tokens itself."""
    document = json.loads(source().read_text())
    document["added_tokens"] = [
        token for token in document["added_tokens"] if token["id"] < FIRST_TIMESTAMP
    ]
    path.write_text(json.dumps(document))
