"""Splits a stream of samples into chunks while it flows; uses numpy.

Only what lies near an undecided cut is held, at most about two minutes of audio.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from scribe import cuts
from scribe.cuts import Chunk, CutRules, Stretch
from scribe.levels import FRAME_SAMPLES, frame_levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scribe.levels import Samples

    FindPauses: TypeAlias = Callable[[Samples, float], Sequence[Stretch]]
    """Finds the stretches of some samples that are quieter than a level in dBFS."""

_NEAR_FLOOR_DB: Final = 6.0
"""A pause may be this much louder than the noise floor: breath and room are no words."""

_SILENCE_DBFS: Final = -75.0
"""Whatever is quieter is a pause, however quiet the rest of the recording is."""


@dataclass(frozen=True)
class Piece:
    """The next samples of one chunk; `ended` holds the chunk with its last piece."""

    index: int
    samples: Samples
    ended: Chunk | None


class Chunker:
    """Takes blocks of samples and gives them out again as pieces of chunks, in order.

    Args:
        rules: the limits of cutting.
        find_pauses: finds the pauses of a search window.
    """

    def __init__(self, rules: CutRules, find_pauses: FindPauses) -> None:
        self._rules = rules
        self._find_pauses = find_pauses
        self._index = 0
        self._start = 0
        self._held = _Held()

    def feed(self, samples: Samples, floor_dbfs: float) -> Iterator[Piece]:
        """Take a block and give out what is decided.

        Args:
            samples: the next samples.
            floor_dbfs: the noise floor of the recording so far.
        """
        self._held.append(samples)
        while self._held.end >= self._rules.decidable(self._mark):
            yield self._cut(cuts.search_window(self._rules, self._mark), floor_dbfs)
        safe = min(self._held.end, self._rules.earliest_start(self._mark))
        if safe > self._held.start:
            yield Piece(self._index, self._held.take(safe), None)

    def finish(self, floor_dbfs: float) -> Iterator[Piece]:
        """Give out the rest: the recording has ended.

        Args:
            floor_dbfs: the noise floor of the whole recording.
        """
        total = self._held.end
        while window := cuts.last_window(self._rules, self._start, self._mark, total):
            yield self._cut(window, floor_dbfs)
        yield Piece(self._index, self._held.take(total), Chunk(self._index, self._start, total))

    @property
    def _mark(self) -> int:
        return self._rules.mark(self._index)

    def _cut(self, window: Stretch, floor_dbfs: float) -> Piece:
        samples = self._held.view(window)
        threshold = max(floor_dbfs, _SILENCE_DBFS) + _NEAR_FLOOR_DB
        pauses = [_moved(pause, window.start) for pause in self._find_pauses(samples, threshold)]
        frames = [
            (Stretch(start, start + FRAME_SAMPLES), level)
            for number, level in enumerate(frame_levels(samples).tolist())
            for start in [window.start + number * FRAME_SAMPLES]
        ]
        cut = cuts.choose(self._rules, self._mark, pauses, frames)
        ended = Chunk(self._index, self._start, cut.end)
        ending = self._held.view(Stretch(self._held.start, cut.end))
        self._held.take(cut.next_start)
        self._index, self._start = self._index + 1, cut.next_start
        return Piece(ended.index, ending, ended)


def _moved(stretch: Stretch, by: int) -> Stretch:
    return Stretch(stretch.start + by, stretch.end + by)


class _Held:
    """The samples that may still be needed; positions count from the recording's start."""

    def __init__(self) -> None:
        self.start = 0
        self.end = 0
        self._blocks: list[Samples] = []

    def append(self, samples: Samples) -> None:
        self._blocks.append(samples)
        self.end += len(samples)

    def view(self, stretch: Stretch) -> Samples:
        """The samples of a stretch that is held whole."""
        return self._joined()[stretch.start - self.start : stretch.end - self.start]

    def take(self, end: int) -> Samples:
        """Give up the samples before `end` and return them."""
        taken, rest = np.split(self._joined(), [end - self.start])
        self._blocks, self.start = [rest], end
        return taken

    def _joined(self) -> Samples:
        self._blocks = [np.concatenate([np.empty(0, dtype=np.int16), *self._blocks])]
        return self._blocks[0]
