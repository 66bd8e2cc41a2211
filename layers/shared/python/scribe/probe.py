"""A few windows of speech from all over a recording, to detect its language on; uses numpy.

The recording's length is unknown while it is read, so windows compete within spans of
equal length: each span keeps its best one, and when there are too many spans neighbours
are joined. Memory is bounded for any length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from scribe import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.levels import Levels, Samples

_LOUD_ENOUGH_DB: Final = 30.0
"""Further above the floor a frame counts no more: a bang is no better than speech."""


@dataclass(frozen=True)
class ProbeRules:
    """How the probe is made: how many windows, and how long each is, in seconds.

    A window is as long as the one that Whisper listens to.
    """

    windows: int = 8
    window_seconds: float = 30


@dataclass(frozen=True)
class _Window:
    score: float
    samples: Samples


class ProbeCollector:
    """Collects the windows on the fly; holds at most two for each one of the finished probe."""

    def __init__(self, rules: ProbeRules) -> None:
        self._rules = rules
        self._window_samples = clock.samples(rules.window_seconds)
        self._spans: list[_Window] = []
        self._windows_per_span = 1
        self._span: list[_Window] = []  # the best window of the unfinished span
        self._windows_in_span = 0
        self._pending: list[Samples] = []
        self._pending_samples = 0
        self._scores: list[float] = []

    def add(self, samples: Samples, levels: Levels, floor_dbfs: float) -> None:
        """Take the next samples, about a second, with their levels."""
        above = np.clip(levels - floor_dbfs, 0, _LOUD_ENOUGH_DB)
        self._scores.append(float(above.mean()))
        self._pending.append(samples)
        self._pending_samples += len(samples)
        if self._pending_samples >= self._window_samples:
            self._close_window()

    def samples(self) -> Samples:
        """The probe: its windows in the order of the recording, one after the other.

        A recording shorter than one window is its own probe.
        """
        spans = [*self._spans, *([_best(self._span)] if self._span else [])]
        if not spans:
            return np.concatenate([*self._pending, np.empty(0, dtype=np.int16)])
        groups = np.array_split(np.arange(len(spans)), min(self._rules.windows, len(spans)))
        return np.concatenate([_best([spans[i] for i in group]).samples for group in groups])

    def _close_window(self) -> None:
        samples = np.concatenate(self._pending)[: self._window_samples]
        window = _Window(float(np.mean(self._scores)), samples)
        self._pending, self._pending_samples, self._scores = [], 0, []
        self._windows_in_span += 1
        self._span = [_best([*self._span, window])]
        if self._windows_in_span == self._windows_per_span:
            self._spans += self._span
            self._span, self._windows_in_span = [], 0
        if len(self._spans) == 2 * self._rules.windows:
            pairs = zip(self._spans[::2], self._spans[1::2], strict=True)
            self._spans = [_best(pair) for pair in pairs]
            self._windows_per_span *= 2


def _best(windows: Sequence[_Window]) -> _Window:
    return max(windows, key=lambda window: window.score)
