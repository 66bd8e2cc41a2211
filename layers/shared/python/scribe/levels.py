"""How loud 16 kHz audio is: levels of 20 ms frames and the noise floor; uses numpy.

Levels are in dBFS: 0 is a square wave at full scale.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scribe.clock import SAMPLE_RATE

Samples: TypeAlias = NDArray[np.int16]
"""One channel, 16 bits, 16 kHz."""

Levels: TypeAlias = NDArray[np.float32]
"""One level for each frame of 20 ms."""

FRAME_SAMPLES: Final = SAMPLE_RATE // 50

QUIETEST_DBFS: Final = -96.0
"""The level of a frame in which next to nothing but rounding is left."""

DIGITAL_SILENCE_DBFS: Final = -100.0
"""Stands for a frame of zeros, whose level has no logarithm."""

_FULL_SCALE: Final = 32768.0
_BINS_PER_DB: Final = 4


def frame_levels(samples: Samples) -> Levels:
    """The level of each 20 ms frame; a shorter rest at the end counts as a frame."""
    whole = len(samples) - len(samples) % FRAME_SAMPLES
    frames = samples[:whole].astype(np.float32).reshape(-1, FRAME_SAMPLES)
    powers = np.einsum("ij,ij->i", frames, frames) / FRAME_SAMPLES
    if whole < len(samples):
        rest = samples[whole:].astype(np.float32)
        powers = np.append(powers, np.dot(rest, rest) / len(rest))
    return _decibels(powers.astype(np.float32))


def _decibels(powers: NDArray[np.float32]) -> Levels:
    with np.errstate(divide="ignore"):
        levels: Levels = 10 * np.log10(powers / _FULL_SCALE**2)
    levels = np.where(powers > 0, np.maximum(levels, QUIETEST_DBFS), DIGITAL_SILENCE_DBFS)
    return levels.astype(np.float32)


class NoiseFloor:
    """The 10th percentile of all levels so far, in memory that does not grow.

    Frames of digital silence are not counted: they are no noise, and padding would hide
    the floor of what was recorded.
    """

    def __init__(self) -> None:
        self._histogram = np.zeros(int(-QUIETEST_DBFS * _BINS_PER_DB) + 1, dtype=np.int64)

    def add(self, levels: Levels) -> None:
        """Count more frames."""
        heard = levels[levels > DIGITAL_SILENCE_DBFS]
        bins = ((heard - QUIETEST_DBFS) * _BINS_PER_DB).astype(np.int64)
        self._histogram += np.bincount(
            bins.clip(0, len(self._histogram) - 1), minlength=len(self._histogram)
        )

    @property
    def dbfs(self) -> float:
        """The floor, to a quarter of a decibel; `QUIETEST_DBFS` before anything was heard."""
        total = int(self._histogram.sum())
        if total == 0:
            return QUIETEST_DBFS
        place = int(np.searchsorted(self._histogram.cumsum(), total / 10))
        return QUIETEST_DBFS + place / _BINS_PER_DB
