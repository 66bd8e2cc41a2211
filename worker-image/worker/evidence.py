"""What the decoder knows of one window beside its text."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scribe.shapes import Language


@dataclass(frozen=True)
class Evidence:
    """One decoding of one window.

    Attributes:
        text: as the model wrote it.
        token_count: of the text.
        token_limit: where decoding would have been cut off.
        mean_log_probability: of the tokens, the end of the text among them; as the model sees
            them at temperature 0, also when they were sampled.
        no_speech_probability: how likely the model takes the window for one without speech.
        language: it was decoded in.
        temperature: 0, or that of the sampling.
        word_confidences: of each word of the text, split at white space; None where unknown.
    """

    text: str
    token_count: int
    token_limit: int
    mean_log_probability: float
    no_speech_probability: float
    language: Language
    temperature: float = 0.0
    word_confidences: tuple[float | None, ...] = ()

    @property
    def compression_ratio(self) -> float:
        """How many times smaller zlib makes the text: the more it repeats itself, the more."""
        encoded = self.text.strip().encode()
        return len(encoded) / len(zlib.compress(encoded))
