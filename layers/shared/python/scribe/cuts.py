"""Where a recording is cut into chunks: in a pause near each mark, else with an overlap.

Marks lie at every whole multiple of the chunk length. All positions are samples at 16 kHz
from the start of the recording; ends are one past the last sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scribe import clock

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class CutRules:
    """The limits of cutting, in seconds.

    Attributes:
        chunk_seconds: the distance of two marks.
        search_seconds: how far from its mark a cut may lie, before or after it.
        overlap_seconds: how far two chunks reach over a cut that is in no pause, each.
        shortest_tail_seconds: a shorter rest joins the chunk before it.
        slack_seconds: by how much a chunk may be longer than the distance of two marks.
        shortest_pause_seconds: the shortest quiet stretch that counts as a pause.
        ample_pause_seconds: a pause this long is safe; a longer one is no safer, so that
            the nearer of two ample pauses is taken.
    """

    chunk_seconds: float = 600
    search_seconds: float = 30
    overlap_seconds: float = 5
    shortest_tail_seconds: float = 60
    slack_seconds: float = 100
    shortest_pause_seconds: float = 0.3
    ample_pause_seconds: float = 1.0

    def __post_init__(self) -> None:
        reach = self.search_seconds + self.overlap_seconds
        if self.chunk_seconds <= 2 * reach:
            raise ValueError("chunks are too short: the searches at two marks would meet")
        if self.overlap_seconds > self.shortest_tail_seconds:
            raise ValueError("an overlap at the last cut would reach past the end")
        if self.slack_seconds < reach + max(reach, self.shortest_tail_seconds):
            raise ValueError("the slack is too small: some recordings could not be cut")

    @property
    def longest_chunk(self) -> int:
        """The most samples that a chunk may have."""
        return clock.samples(self.chunk_seconds + self.slack_seconds)

    def mark(self, number: int) -> int:
        """The sample of the mark after chunk `number`, counted from 0."""
        return clock.samples(self.chunk_seconds * (number + 1))

    def earliest_start(self, mark: int) -> int:
        """The first sample that the chunk after the mark may begin with."""
        return mark - clock.samples(self.search_seconds + self.overlap_seconds)

    def decidable(self, mark: int) -> int:
        """How many samples must be known before the cut at a mark can be chosen.

        From there on the rest cannot be too short to stand alone, wherever the cut falls.
        """
        return mark + clock.samples(self.search_seconds + self.shortest_tail_seconds)


@dataclass(frozen=True)
class Stretch:
    """Samples from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """One chunk's place in the recording, in samples."""

    index: int
    start: int
    end: int


@dataclass(frozen=True)
class Cut:
    """Where one chunk ends and the next begins; the next begins earlier in an overlap."""

    end: int
    next_start: int


def search_window(rules: CutRules, mark: int) -> Stretch:
    """Where the cut at a mark may lie while the recording goes on past `decidable(mark)`."""
    reach = clock.samples(rules.search_seconds)
    return Stretch(mark - reach, mark + reach)


def last_window(rules: CutRules, start: int, mark: int, total: int) -> Stretch | None:
    """Where the cut at a mark may lie when the recording's end is known.

    Args:
        rules: the limits.
        start: the first sample of the chunk to be ended.
        mark: the mark it is to be ended at.
        total: the recording's length.

    Returns:
        The window, or None when the chunk reaches to the recording's end instead.
    """
    window = search_window(rules, mark)
    if total >= rules.decidable(mark):
        return window
    if total - start <= rules.longest_chunk:
        return None
    return Stretch(window.start, total - clock.samples(rules.shortest_tail_seconds))


def choose(
    rules: CutRules,
    mark: int,
    pauses: Sequence[Stretch],
    frames: Sequence[tuple[Stretch, float]],
) -> Cut:
    """Choose the cut near a mark.

    Args:
        rules: the limits.
        mark: the mark.
        pauses: the quiet stretches of the search window, of any length.
        frames: the short frames of the search window with their levels in dBFS; used when
            there is no pause.

    Returns:
        A cut within the best pause, where the two chunks touch; without a pause one at the
        quietest frame, where they overlap.
    """
    ample = clock.samples(rules.ample_pause_seconds)
    shortest = clock.samples(rules.shortest_pause_seconds)
    candidates = [
        (min(pause.end - pause.start, ample), -abs(point - mark), point)
        for pause in pauses
        if pause.end - pause.start >= shortest
        for point in [_within(pause, mark, ample // 2)]
    ]
    if candidates:
        _, _, point = max(candidates)
        return Cut(end=point, next_start=point)
    point = min(
        (level, abs(middle - mark), middle)
        for frame, level in frames
        for middle in [(frame.start + frame.end) // 2]
    )[2]
    overlap = clock.samples(rules.overlap_seconds)
    return Cut(end=point + overlap, next_start=point - overlap)


def _within(pause: Stretch, mark: int, margin: int) -> int:
    """The point of a pause nearest the mark that keeps a margin, or its middle if it is short."""
    margin = min(margin, (pause.end - pause.start) // 2)
    return min(max(mark, pause.start + margin), pause.end - margin)
