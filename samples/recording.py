"""Puts spoken sentences one after another and keeps the time of every word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from models.speech import SAMPLE_RATE, Utterance, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOM_LEVEL: Final = 10 ** (-62 / 20)
"""The room's own noise, in every second of every recording: no pause is digital silence."""
FAN_LEVEL: Final = 10 ** (-48 / 20)
"""A fan that runs for a while: 14 dB above the room, and 30 dB below the speech."""
_SPEECH_GAIN: Final = 0.8
_AUDIBLE: Final = 0.002


class Recorder:
    """One recording in the making."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.float32]] = []
        self._length = 0
        self.words: list[Word] = []

    @property
    def now(self) -> float:
        """The length so far, in seconds."""
        return self._length / SAMPLE_RATE

    def say(self, utterance: Utterance) -> None:
        """Append an utterance without the silence it ends with."""
        begin = self.now
        self.words += [
            replace(word, start=begin + word.start, end=begin + word.end)
            for word in utterance.words
        ]
        last = np.flatnonzero(np.abs(utterance.samples) > _AUDIBLE)[-1]
        self._append(utterance.samples[: last + 1])

    def wait(self, seconds: float) -> None:
        """Append a pause."""
        self._append(np.zeros(round(seconds * SAMPLE_RATE), np.float32))

    def finish(self, seed: int, fan: tuple[float, float] | None = None) -> NDArray[np.float32]:
        """Mix the speech with the room's noise.

        Args:
            seed: of the noise.
            fan: the seconds between which a fan runs, with a second of fading inside each end.

        Returns:
            16 kHz mono samples between -1 and 1.
        """
        speech = np.concatenate(self._blocks) * np.float32(_SPEECH_GAIN)
        level = np.full(len(speech), ROOM_LEVEL, np.float32)
        if fan:
            seconds = np.arange(len(speech)) / SAMPLE_RATE
            corners = (fan[0], fan[0] + 1, fan[1] - 1, fan[1])
            level += np.float32(FAN_LEVEL) * np.interp(seconds, corners, (0, 1, 1, 0)).astype("f4")
        noise = np.random.default_rng(seed).standard_normal(len(speech), np.float32)
        return np.clip(speech + noise * level, -1, 1)

    def _append(self, samples: NDArray[np.float32]) -> None:
        self._blocks.append(samples)
        self._length += len(samples)
