"""Parts of the sample recordings, cut where nobody speaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samples import Language, Sample, SampleWord, Stretch

_AROUND: Final = 20.0
"""How far a cut may move from where it is wanted, in seconds, to find a longer pause."""


@dataclass(frozen=True)
class Passage:
    """A part of a recording; times in seconds from the start of the file.

    Attributes:
        words: those that are said in it.
        stretches: what is said in which language, cut to the passage.
    """

    sample: Sample
    start: float
    end: float
    words: tuple[SampleWord, ...]
    stretches: tuple[Stretch, ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    def language_at(self, second: float) -> Language:
        """The language that is spoken then, or was spoken last."""
        spoken = self.stretches[0].language
        for stretch in self.stretches:
            if stretch.start <= second:
                spoken = stretch.language
        return spoken


def passages(sample: Sample, longest_seconds: float) -> Iterator[Passage]:
    """Cut a whole recording, at its longest pauses, into parts of about the same length.

    Args:
        sample: the recording.
        longest_seconds: of a part, give or take the 20 s that a cut may move.
    """
    count = max(1, round(sample.duration_seconds / longest_seconds))
    wanted = (sample.duration_seconds * number / count for number in range(1, count))
    cuts = [0.0, *(pause_near(sample, mark) for mark in wanted), sample.duration_seconds]
    for start, end in pairwise(cuts):
        yield _passage(sample, start, end)


def passage(sample: Sample, start: float, end: float) -> Passage:
    """Give about this part of a recording, from pause to pause."""
    return _passage(
        sample,
        pause_near(sample, start) if start > 0 else 0.0,
        pause_near(sample, end) if end < sample.duration_seconds else sample.duration_seconds,
    )


def pause_near(sample: Sample, second: float) -> float:
    """The middle of the longest pause within 20 s."""
    pauses = [
        (after.start - before.end, (before.end + after.start) / 2)
        for before, after in pairwise(sample.words)
        if abs((before.end + after.start) / 2 - second) <= _AROUND
    ]
    return max(pauses)[1]


def _passage(sample: Sample, start: float, end: float) -> Passage:
    return Passage(
        sample,
        start,
        end,
        tuple(word for word in sample.words if start <= word.start < end),
        tuple(
            replace(stretch, start=max(start, stretch.start), end=min(end, stretch.end))
            for stretch in sample.stretches
            if stretch.start < end and stretch.end > start
        ),
    )
