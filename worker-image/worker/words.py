"""Gives every word of a window a place in time, whatever the aligner knew about it; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Word

    Span = tuple[float, float]
    """Start and end in seconds."""


@dataclass(frozen=True)
class TimedWord:
    """What an aligner says of one word; seconds, None or NaN where it says nothing."""

    word: str
    start: float | None
    end: float | None


_FRAME_SECONDS: Final = 0.02
"""The aligners' resolution: so far a word may stick out of its window by rounding."""


def place(words: Sequence[str], aligned: Sequence[TimedWord], speech: Sequence[Span]) -> list[Word]:
    """Time the words of a window: no word is lost, the order is kept, times never go back.

    A word without a usable time is spread, with its neighbours in the same case, over the
    speech between the words that have one.

    Args:
        words: the window's text, split at white space.
        aligned: the aligner's words; those of another text are not used at all.
        speech: the window's stretches of speech, in order, at least one.
    """
    known = _usable(words, aligned, speech)
    placed: list[Word] = []
    index = 0
    while index < len(words):
        span = known[index]
        if span is not None:
            placed.append(_word(words[index], span, is_aligned=True))
            index += 1
            continue
        last = index
        while last < len(words) and known[last] is None:
            last += 1
        left = placed[-1]["end"] if placed else speech[0][0]
        right = known[last] if last < len(words) else None
        between = (left, max(left, right[0] if right else speech[-1][1]))
        spans = _spread(words[index:last], _within(speech, between))
        placed.extend(
            _word(word, span, is_aligned=False)
            for word, span in zip(words[index:last], spans, strict=True)
        )
        index = last
    return placed


def _usable(
    words: Sequence[str], aligned: Sequence[TimedWord], speech: Sequence[Span]
) -> list[Span | None]:
    """The aligner's time of each word, or None where it has none or would step back."""
    if [timed.word for timed in aligned] != list(words):
        return [None] * len(words)
    reached, limit = speech[0][0], speech[-1][1]
    known: list[Span | None] = []
    for timed in aligned:
        start = math.nan if timed.start is None else timed.start
        end = math.nan if timed.end is None else timed.end
        # A comparison with NaN is False, so that a missing time is never usable.
        if reached - _FRAME_SECONDS <= start <= end <= limit + _FRAME_SECONDS:
            span = (max(start, reached), min(max(end, reached), limit))
            known.append((min(span), span[1]))
            reached = span[1]
        else:
            known.append(None)
    return known


def _within(speech: Sequence[Span], between: Span) -> list[Span]:
    """The speech inside a stretch, or the stretch itself where there is none."""
    left, right = between
    parts = [(max(start, left), min(end, right)) for start, end in speech]
    return [(start, end) for start, end in parts if end > start] or [between]


def _spread(words: Sequence[str], speech: Sequence[Span]) -> list[Span]:
    """Share stretches of speech among words by their number of letters."""
    letters = list(accumulate((len(word) for word in words), initial=0))
    total = sum(end - start for start, end in speech)
    edges = [total * count / letters[-1] for count in letters]
    return [
        (_at(speech, before, at_end=False), _at(speech, after, at_end=True))
        for before, after in pairwise(edges)
    ]


def _at(speech: Sequence[Span], offset: float, *, at_end: bool) -> float:
    """The time at which that many seconds of speech have passed."""
    for start, end in speech:
        length = end - start
        if offset < length or (at_end and offset == length):
            return start + offset
        offset -= length
    return speech[-1][1]


def _word(word: str, span: Span, *, is_aligned: bool) -> Word:
    return {
        "word": word,
        "start": round(span[0], 3),
        "end": round(span[1], 3),
        "confidence": None,
        "timing": "aligned" if is_aligned else "estimated",
    }
