"""What an aligner should hear in each frame of 20 ms.

WhisperX walks a trellis in which a letter takes one frame and every other frame is blank. A
word starts at the frame of its first letter and ends at that of the next `|` or full stop. So
each frame has a known label, and plain cross-entropy trains the aligner: no CTC is needed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from models.speech import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.speech import Word

HOP: Final = 320
"""Samples in a frame."""
SYMBOLS: Final = ("<pad>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyzáéíóúñü.,?!¿¡")
IDS: Final = {symbol: number for number, symbol in enumerate(SYMBOLS)}
BLANK: Final = 0
_JOINED_SECONDS: Final = 0.03


def frames_of(samples: int) -> int:
    """Count the frames that the network makes of so many samples."""
    return (samples - 400) // HOP + 1


def label(words: Sequence[Word], frames: int, shift: float = 0.0) -> NDArray[np.int64]:
    """Give each frame its symbol.

    A word's first letter stands on its first frame and the others evenly after it; its
    punctuation, and then `|`, on its end.

    Args:
        words: in their order.
        frames: how many labels to give.
        shift: seconds to add to the words' times.
    """
    labels = np.full(frames, BLANK, np.int64)
    last = -1

    def put(symbol: str, seconds: float) -> None:
        nonlocal last
        last = max(last + 1, int((seconds + shift) * SAMPLE_RATE / HOP))
        if last < frames:
            labels[last] = IDS.get(symbol, IDS["<unk>"])

    for index, word in enumerate(words):
        letters, punctuation = _split(word.text.lower())
        # The last letter lies near the word's end, so that the end holds without punctuation.
        step = (word.end - word.start) / max(1, len(letters) - 0.5)
        for number, letter in enumerate(letters):
            put(letter, word.start + number * step)
        for mark in punctuation:
            put(mark, word.end)
        if index + 1 < len(words):
            joined = words[index + 1].start - word.end <= _JOINED_SECONDS
            put("|", word.end - (HOP / SAMPLE_RATE if joined and not punctuation else 0))
    return labels


def _split(word: str) -> tuple[str, str]:
    letters = re.sub(r"[.,?!]+$", "", word)
    return letters, word[len(letters) :]
