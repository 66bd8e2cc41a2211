"""Speaks a few held-out sentences in each language: `python -m tests.worker.recordings.make`.

The recordings are committed, so that the tests need neither espeak-ng nor its version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from models.sentences import held_out
from models.speech import SAMPLE_RATE, synthesize
from tests.worker.support import flac

if TYPE_CHECKING:
    from models.sentences import Language

FOLDER: Final = Path(__file__).parent
_LINES: Final = 6
_PAUSE_SECONDS: Final = 0.5


def make(language: Language) -> None:
    """Write one recording and its words."""
    lines = [line for line in held_out() if line.language == language][:_LINES]
    pause = np.zeros(int(_PAUSE_SECONDS * SAMPLE_RATE), dtype=np.float32)
    parts, words, length = [pause], [], len(pause)
    for utterance in synthesize(lines):
        offset = length / SAMPLE_RATE
        words += [
            {
                "word": word.text,
                # Where espeak-ng joins two words, the border between them is not known.
                "start": round(offset + word.start, 3) if word.start_exact else None,
                "end": round(offset + word.end, 3) if word.end_exact else None,
            }
            for word in utterance.words
        ]
        parts += [utterance.samples, pause]
        length += len(utterance.samples) + len(pause)
    samples = (np.clip(np.concatenate(parts), -1, 1) * 32767).astype(np.int16)
    (FOLDER / f"{language}.flac").write_bytes(flac(samples))
    document = {"text": " ".join(line.text for line in lines), "words": words}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (FOLDER / f"{language}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    make("en")
    make("es")
