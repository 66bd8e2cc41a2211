"""Gives every word of a window a place in time, whatever the aligner knew about it; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from worker.spelling import is_silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Word

    Span = tuple[float, float]
    """Start and end in seconds."""


@dataclass(frozen=True)
class TimedWord:
    """What an aligner says of one word; seconds, None or NaN where it says nothing.

    Attributes:
        score: how well the sound fits the letters, from 0 to 1. It judges the time and not the
            text, and so it is no part of the word's confidence.
    """

    start: float | None = None
    end: float | None = None
    score: float | None = None


_FRAME_SECONDS: Final = 0.02
"""The aligners' resolution: so far a word may stick out of its window by rounding."""
_SHORTEST_PAUSE_SECONDS: Final = 0.1
"""A shorter break in the speech is the closed mouth of a `p`, `t` or `k`: in the sample
recordings breaks of up to 0.06 s lie inside "chapter" and "september", longer ones in no word."""
_LONGEST_WORD_SECONDS: Final = 2.5
"""Nobody takes longer for a word: the aligner had letters to spare for words it was not given."""
_LOW_SCORE: Final = 0.5
"""The mean score of a window below which the aligner may be lost. On the embedded aligner the
right text has 0.77 in clear speech, 0.62 on the telephone and 0.5 in noise as loud as the speech, a
wrong text 0.4: the score alone does not tell, and so only what lies in pauses is put in doubt."""


def place(words: Sequence[str], aligned: Sequence[TimedWord], speech: Sequence[Span]) -> list[Word]:
    """Time the words of a window: no word is lost, the order is kept, times never go back.

    A word without a usable time is spread, with its neighbours in the same case, over the
    speech between the words that have one. No word reaches over a pause.

    Args:
        words: the window's text, split at white space.
        aligned: what the aligner says of each of them; empty if it says nothing.
        speech: the window's stretches of speech, in order, at least one.
    """
    speech = _between_pauses(speech)
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


def _between_pauses(speech: Sequence[Span]) -> list[Span]:
    """The stretches of speech, joined where the break between them is too short for a pause."""
    joined = [speech[0]]
    for start, end in speech[1:]:
        if start - joined[-1][1] < _SHORTEST_PAUSE_SECONDS:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _usable(
    words: Sequence[str], aligned: Sequence[TimedWord], speech: Sequence[Span]
) -> list[Span | None]:
    """The aligner's time of each word, or None where it has none or one that cannot be."""
    if not aligned:
        return [None] * len(words)
    is_lost = _mean_score(aligned) < _LOW_SCORE
    reached, limit = speech[0][0], speech[-1][1]
    known: list[Span | None] = []
    for index, timed in enumerate(aligned):
        start = math.nan if timed.start is None else timed.start
        end = math.nan if timed.end is None else timed.end
        span: Span | None = None
        # A comparison with NaN is False, so that a missing time is never usable.
        if reached - _FRAME_SECONDS <= start <= end <= limit + _FRAME_SECONDS:
            span = (min(max(start, reached), limit), min(max(end, reached), limit))
            if is_lost and 2 * _overlap(span, speech) < span[1] - span[0]:
                span = None
            else:
                span = _on_one_side(span, speech, _pauses_at(words, index))
        if span is None or span[1] - span[0] > _LONGEST_WORD_SECONDS:
            known.append(None)
        else:
            known.append(span)
            reached = span[1]
    return known


def _mean_score(aligned: Sequence[TimedWord]) -> float:
    scores = (timed.score for timed in aligned if timed.score is not None)
    known = [score for score in scores if 0 <= score <= 1]
    return sum(known) / len(known) if known else 0.0


def _pauses_at(words: Sequence[str], index: int) -> tuple[bool, bool]:
    """Whether punctuation lets one expect a pause before a word, and after it."""
    before = index > 0 and is_silent(words[index - 1][-1])
    return before, is_silent(words[index][-1])


def _on_one_side(span: Span, speech: Sequence[Span], expected: tuple[bool, bool]) -> Span:
    """The part of a word on one side of the pause that it reaches over.

    That is the side which punctuation tells, or else the longer part.

    Args:
        span: of the word.
        speech: on both sides of the pauses.
        expected: whether punctuation lets one expect a pause before the word, and after it.
    """
    before, after = expected
    parts = _parts(span, speech)
    if len(parts) < 2:
        return span
    if before != after:
        return parts[-1] if before else parts[0]
    return max(parts, key=lambda part: part[1] - part[0])


def _parts(span: Span, speech: Sequence[Span]) -> list[Span]:
    """What of a span lies in each stretch of speech, where anything does."""
    parts = [(max(start, span[0]), min(end, span[1])) for start, end in speech]
    return [(start, end) for start, end in parts if end > start]


def _overlap(span: Span, speech: Sequence[Span]) -> float:
    return sum(end - start for start, end in _parts(span, speech))


def _within(speech: Sequence[Span], between: Span) -> list[Span]:
    """The speech inside a stretch, or the stretch itself where there is none."""
    return _parts(between, speech) or [between]


def _spread(words: Sequence[str], speech: Sequence[Span]) -> list[Span]:
    """Share stretches of speech among words by their number of letters."""
    letters = list(accumulate((len(word) for word in words), initial=0))
    total = sum(end - start for start, end in speech)
    edges = [total * count / letters[-1] for count in letters]
    spread = []
    for index, (before, after) in enumerate(pairwise(edges)):
        span = (_at(speech, before, at_end=False), _at(speech, after, at_end=True))
        start, end = _on_one_side(span, speech, _pauses_at(words, index))
        spread.append((start, min(end, start + _LONGEST_WORD_SECONDS)))
    return spread


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
