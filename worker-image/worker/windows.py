"""Windows of speech that the model hears at once, and where to cut one in two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scribe.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from scribe.shapes import Language

    from worker.engine.protocol import Samples
    from worker.words import Span

SHORTEST_HALVED_SECONDS: Final = 3.0
"""A shorter window has no two parts that could be understood alone."""
_FRAME_SAMPLES: Final = SAMPLE_RATE // 50
_SMOOTHED_FRAMES: Final = 5
"""A tenth of a second: longer than the closure of a consonant, shorter than a word."""


@dataclass(frozen=True)
class Window:
    """Neighbouring stretches of speech that the model hears at once; seconds.

    Attributes:
        speech: the stretches of speech in it, in order.
        language: of the window that this one is a part of; None for a whole one.
    """

    speech: tuple[Span, ...]
    language: Language | None = None

    @property
    def start(self) -> float:
        """Where the first stretch begins."""
        return self.speech[0][0]

    @property
    def end(self) -> float:
        """Where the last stretch ends."""
        return self.speech[-1][1]

    @property
    def speech_seconds(self) -> float:
        """How much of it is speech."""
        return sum(end - start for start, end in self.speech)

    def moved(self, seconds: float) -> Window:
        """The same window in audio that has so much more before it."""
        moved = tuple((start + seconds, end + seconds) for start, end in self.speech)
        return replace(self, speech=moved)


def halve(window: Window, samples: Samples) -> tuple[Window, Window] | None:
    """Cut a window in two, without cutting through a word where that can be avoided.

    The cut lies in the longest pause of its middle half, or, without one, at the quietest place
    of its middle third.

    Returns:
        The two parts, or None if the window is too short.
    """
    length = window.end - window.start
    if length < SHORTEST_HALVED_SECONDS:
        return None
    middle = window.start + length / 2
    pauses = [(left[1], right[0]) for left, right in pairwise(window.speech)]
    central = [(a, b) for a, b in pauses if abs((a + b) / 2 - middle) <= length / 4]
    if central:
        before_cut, after_cut = max(central, key=_length)
        cut = (before_cut + after_cut) / 2
    else:
        cut = _quietest(samples, middle - length / 6, middle + length / 6)
    before = tuple((start, min(end, cut)) for start, end in window.speech if start < cut)
    after = tuple((max(start, cut), end) for start, end in window.speech if end > cut)
    return replace(window, speech=before), replace(window, speech=after)


def _length(span: Span) -> float:
    return span[1] - span[0]


def _quietest(samples: Samples, start: float, end: float) -> float:
    """The middle of the quietest tenth of a second in a stretch; seconds."""
    first = int(start * SAMPLE_RATE)
    heard = samples[first : int(end * SAMPLE_RATE)]
    frames = heard[: len(heard) - len(heard) % _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES)
    powers = np.einsum("ij,ij->i", frames, frames)
    smoothed = np.convolve(powers, np.ones(_SMOOTHED_FRAMES), mode="valid")
    frame = int(np.argmin(smoothed)) + _SMOOTHED_FRAMES / 2
    return (first + frame * _FRAME_SAMPLES) / SAMPLE_RATE
