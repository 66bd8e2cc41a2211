"""Joins chunk results on the file's own clock; only words inside an overlap are ever dropped.

Where two chunks overlap, both heard the same seconds. Their words are aligned, and the later
chunk takes over at a pair of equal words: where the fewest words are lost or told twice, and
among those places at the one nearest the overlap's middle, where both had the most context.
Without a pair it takes over between two words by the same rule. The place is doubtful where
less than a third of the words match.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scribe import confidence
from scribe.alignment import matched_pairs, middle_of, same_moments
from scribe.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scribe.shapes import ChunkResult, Doubt, Gap, GapReason, Seam, SeamStatus, Segment, Word

MISSING_CHUNK: Final[GapReason] = "missing_chunk"
"""The reason of a gap that no chunk covers."""

LEAST_AGREEMENT: Final = 1 / 3
"""The part of the words that must match; two unrelated hearings share an "and" or two as well."""


@dataclass(frozen=True)
class Joined:
    """All chunks as one; times in seconds on the file's clock."""

    segments: list[Segment]
    gaps: list[Gap]
    seams: list[Seam]


@dataclass
class _Part:
    """One chunk on the file's clock, and what of it is kept.

    Attributes:
        start: the chunk's first sample, in seconds.
        end: one past its last sample, in seconds.
        segments: all that it heard.
        words: the words of all its segments.
        gaps: what it could not transcribe.
        takes_over: where the stretch that it speaks for begins, in seconds.
        hands_over: where that stretch ends.
        first: index of the first word that is kept.
        last: one past the index of the last one.
        doubtful: overlaps, in seconds, in which it and its neighbour did not agree.
    """

    start: float
    end: float
    segments: list[Segment]
    words: list[Word]
    gaps: list[Gap]
    takes_over: float
    hands_over: float
    first: int
    last: int
    doubtful: list[tuple[float, float]] = field(default_factory=list)


def join(results: Iterable[ChunkResult], sample_count: int) -> Joined:
    """Join the results of a file's chunks.

    Args:
        results: in the order of the file; each starts and ends later than the one before.
        sample_count: the file's length in samples.
    """
    parts = [_on_file_clock(result) for result in results]
    seams = [
        _sew(left, right) for left, right in itertools.pairwise(parts) if right.start <= left.end
    ]
    return Joined(
        segments=[segment for part in parts for segment in _kept(part)],
        gaps=_gaps(parts, seconds_at(sample_count)),
        seams=seams,
    )


def seconds_at(sample: int) -> float:
    """A sample's place in seconds, rounded down to a millisecond: never past the file's end."""
    return sample * 1000 // SAMPLE_RATE / 1000


def _on_file_clock(result: ChunkResult) -> _Part:
    """Shift a chunk's times, and keep them in order and inside the chunk."""
    offset = result["start_sample"] / SAMPLE_RATE
    start, end = seconds_at(result["start_sample"]), seconds_at(result["end_sample"])

    def shifted(seconds: float, earliest: float) -> float:
        moved = round(offset + seconds, 3)
        if moved < earliest:
            return earliest
        return min(moved, end)

    segments: list[Segment] = []
    words: list[Word] = []
    latest = start
    for segment in result["segments"]:
        begin = shifted(segment["start"], latest)
        own: list[Word] = []
        for word in segment["words"]:
            latest = shifted(word["start"], latest)
            own.append({**word, "start": latest, "end": shifted(word["end"], latest)})
        if own:
            begin = min(begin, own[0]["start"])
        finish = max([shifted(segment["end"], begin), *[word["end"] for word in own]])
        segments.append({**segment, "start": begin, "end": finish, "words": own})
        words += own
        latest = max(latest, begin)
    gaps: list[Gap] = [
        {**gap, "start": shifted(gap["start"], start), "end": shifted(gap["end"], start)}
        for gap in result["gaps"]
    ]
    return _Part(start, end, segments, words, gaps, start, end, 0, len(words))


def _sew(left: _Part, right: _Part) -> Seam:
    """Decide where the right part takes over, and cut both there."""
    start, end = right.start, left.end
    # Words are ordered by their starts, so the overlap's are the left part's last ones and
    # the right part's first ones.
    begin = next(
        (index for index, word in enumerate(left.words) if word["end"] > start), len(left.words)
    )
    before = left.words[begin:]
    after = list(itertools.takewhile(lambda word: word["start"] < end, right.words))
    kept, dropped, status = _hand_over(before, after, (start + end) / 2)
    seconds = _between(before[:kept], after[dropped:], start, end)
    left.last, left.hands_over = begin + kept, seconds
    right.first, right.takes_over = dropped, seconds
    if status == "doubtful":
        left.doubtful.append((start, end))
        right.doubtful.append((start, end))
    return {"start": start, "end": end, "status": status}


def _hand_over(
    left: Sequence[Word], right: Sequence[Word], middle: float
) -> tuple[int, int, SeamStatus]:
    """How many words of the left list are kept, how many of the right one are dropped.

    Args:
        left: the left chunk's words in the overlap.
        right: the right chunk's words in the overlap.
        middle: the overlap's middle in seconds.
    """
    if not left and not right:
        return 0, 0, "clean"
    pairs = matched_pairs(left, right)
    places = [(i + 1, j + 1, middle_of(left[i])) for i, j in pairs]
    places = places or list(_between_words(left, right, middle))
    twice = [*pairs, *same_moments(left, right, pairs)]

    def rank(place: tuple[int, int, float]) -> tuple[int, float]:
        kept, dropped, second = place
        return _faults(twice, range(len(left)), kept, dropped), abs(second - middle)

    kept, dropped, _ = min(places, key=rank)
    agreed = LEAST_AGREEMENT * min(len(left), len(right))
    return kept, dropped, "repaired" if pairs and len(pairs) >= agreed else "doubtful"


def _between_words(
    left: Sequence[Word], right: Sequence[Word], middle: float
) -> Iterator[tuple[int, int, float]]:
    """All places for a hand-over that only time decides, each with its second."""
    edges = [second for word in (*left, *right) for second in (word["start"], word["end"])]
    for second in (*edges, middle):
        kept = sum(middle_of(word) < second for word in left)
        dropped = sum(middle_of(word) < second for word in right)
        yield kept, dropped, second


def _faults(twice: Sequence[tuple[int, int]], left: range, kept: int, dropped: int) -> int:
    """How many words a hand-over loses or tells twice.

    Args:
        twice: indexes into both lists of the words that both chunks heard.
        left: the indexes of the left chunk's words.
        kept: how many of them are kept.
        dropped: how many of the right chunk's words are dropped.
    """
    told_after = {i for i, j in twice if j >= dropped}
    told_before = {j for i, j in twice if i < kept}
    lost = sum(i not in told_after for i in left[kept:])
    lost += sum(j not in told_before for j in range(dropped))
    return lost + sum(i in told_after for i in left[:kept])


def _between(left: Sequence[Word], right: Sequence[Word], start: float, end: float) -> float:
    """The second at which the kept words of both sides meet, inside the overlap."""
    finished = left[-1]["end"] if left else start
    resumed = right[0]["start"] if right else end
    earliest = left[-1]["start"] if left else start
    return min(max(round((finished + resumed) / 2, 3), earliest, start), end)


def _kept(part: _Part) -> Iterator[Segment]:
    """What of a part's segments lies between its two hand-overs."""
    index = 0
    for segment in part.segments:
        words = segment["words"]
        own = words[max(part.first - index, 0) : max(part.last - index, 0)]
        index += len(words)
        if own or (not words and part.takes_over <= _middle(segment) <= part.hands_over):
            yield _cut(part, segment, own)


def _cut(part: _Part, segment: Segment, words: list[Word]) -> Segment:
    """A segment with only these of its words, inside the part's own stretch."""

    def clipped(seconds: float) -> float:
        return min(max(seconds, part.takes_over), part.hands_over)

    doubts = _doubts(part, segment)
    marked: Segment = {**segment, "doubtful": bool(doubts), "doubts": doubts}
    whole = len(words) == len(segment["words"])
    inside = part.takes_over <= segment["start"] and segment["end"] <= part.hands_over
    if whole and inside:
        return marked
    words = [
        {**word, "start": clipped(word["start"]), "end": clipped(word["end"])} for word in words
    ]
    if whole:
        start, end = clipped(segment["start"]), clipped(segment["end"])
        return {**marked, "start": start, "end": end, "words": words}
    return {
        **marked,
        "start": words[0]["start"],
        "end": max(word["end"] for word in words),
        "text": " ".join(word["word"] for word in words),
        "confidence": confidence.mean(words),
        "words": words,
    }


def _doubts(part: _Part, segment: Segment) -> list[Doubt]:
    """The engine's own doubts, and the seam's where the two chunks did not agree."""
    known = segment["doubts"]
    disputed = any(
        segment["start"] < end and segment["end"] > start for start, end in part.doubtful
    )
    return [*known, "seam"] if disputed and "seam" not in known else known


def _middle(segment: Segment) -> float:
    return (segment["start"] + segment["end"]) / 2


def _gaps(parts: Sequence[_Part], duration: float) -> list[Gap]:
    """The parts' own gaps and the stretches that no part covers, in order."""
    gaps: list[Gap] = []
    covered = 0.0
    for part in parts:
        gaps += _hole(covered, part.start)
        for gap in part.gaps:
            start, end = max(gap["start"], part.takes_over), min(gap["end"], part.hands_over)
            if start < end:
                gaps.append({**gap, "start": start, "end": end})
        covered = part.end
    return _merged([*gaps, *_hole(covered, duration)])


def _hole(start: float, end: float) -> list[Gap]:
    return [{"start": start, "end": end, "reason": MISSING_CHUNK}] if start < end else []


def _merged(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps of one reason that touch, as after a hand-over inside one, are one gap."""
    merged: list[Gap] = []
    for gap in gaps:
        last = merged[-1] if merged else None
        if last and last["reason"] == gap["reason"] and gap["start"] <= last["end"]:
            merged[-1] = {**last, "end": max(last["end"], gap["end"])}
        else:
            merged.append(gap)
    return merged
