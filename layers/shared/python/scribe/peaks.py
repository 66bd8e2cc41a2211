"""The wave form for the player: extremes of equal stretches, in bounded memory; uses numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from scribe import clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scribe.levels import Samples
    from scribe.shapes import Peaks

MOST_STRETCHES: Final = 8192
"""Enough for every pixel of a wide screen; 14 minutes at the finest stretch."""

FINEST_STRETCH: Final = clock.SAMPLE_RATE // 10


class PeakCollector:
    """Collects the lowest and highest sample of each stretch.

    When there are too many stretches, neighbours are joined and stretches last twice as
    long from there on.
    """

    def __init__(self, most_stretches: int = MOST_STRETCHES) -> None:
        self._most = most_stretches
        self._stretch = FINEST_STRETCH
        self._rest: Samples = np.empty(0, dtype=np.int16)
        self._extremes: list[tuple[int, int]] = []
        self._sample_count = 0

    def add(self, samples: Samples) -> None:
        """Take the next samples."""
        self._sample_count += len(samples)
        samples = np.concatenate((self._rest, samples))
        while len(samples) >= self._stretch:
            whole = len(samples) // self._stretch * self._stretch
            room = (self._most - len(self._extremes)) * self._stretch
            taken, samples = np.split(samples, [min(whole, room)])
            self._take(taken)
            if len(self._extremes) == self._most:
                self._join_neighbours()
        self._rest = samples.copy()

    def document(self) -> Peaks:
        """The peaks so far; a last, shorter stretch is included."""
        extremes = list(self._extremes)
        if len(self._rest):
            extremes.append((int(self._rest.min()), int(self._rest.max())))
        return {
            "version": 1,
            "duration_seconds": clock.seconds(self._sample_count),
            "stretch_seconds": self._stretch / clock.SAMPLE_RATE,
            "peaks": [extreme >> 8 for pair in extremes for extreme in pair],
        }

    def _take(self, samples: NDArray[np.int16]) -> None:
        stretches = samples.reshape(-1, self._stretch)
        lows, highs = stretches.min(axis=1).tolist(), stretches.max(axis=1).tolist()
        self._extremes.extend(zip(lows, highs, strict=True))

    def _join_neighbours(self) -> None:
        pairs = zip(self._extremes[::2], self._extremes[1::2], strict=True)
        self._extremes = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs]
        self._stretch *= 2
