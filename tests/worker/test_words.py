"""Word times: nothing is lost, nothing steps back, whatever the aligner says."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.words import TimedWord, place

LONGEST_WORD = 2.5
SHORTEST_PAUSE = 0.1
ROUNDING = 0.0011

WORDS = st.lists(st.text("abcdefghñ'1.", min_size=1, max_size=12), min_size=1, max_size=10)
NUMBERS = st.one_of(
    st.none(), st.just(math.nan), st.floats(-5, 40), st.just(math.inf), st.just(-math.inf)
)


@st.composite
def speech(draw: st.DrawFn) -> list[tuple[float, float]]:
    edges = sorted(draw(st.lists(st.floats(0, 30), min_size=2, max_size=8, unique=True)))
    edges = [round(edge, 3) for edge in edges[: len(edges) // 2 * 2]]
    spans = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
    return spans or [(0.0, 1.0)]


@st.composite
def alignments(draw: st.DrawFn) -> tuple[list[str], list[TimedWord]]:
    words = draw(WORDS)
    timed = [TimedWord(draw(NUMBERS), draw(NUMBERS), draw(NUMBERS)) for _ in words]
    return words, draw(st.sampled_from([timed, []]))


@st.composite
def orderly_alignments(draw: st.DrawFn) -> tuple[list[str], list[TimedWord]]:
    """Times that rise, so that many words are aligned and many reach over a pause."""
    words = draw(WORDS)
    count = 2 * len(words)
    times = sorted(draw(st.lists(st.floats(0, 30), min_size=count, max_size=count)))
    scores = draw(st.floats(0, 1))
    pairs = zip(times[::2], times[1::2], strict=True)
    return words, [TimedWord(start, end, scores) for start, end in pairs]


@given(st.one_of(alignments(), orderly_alignments()), speech())
def test_every_word_has_a_place_inside_the_window_and_none_steps_back(
    alignment: tuple[list[str], list[TimedWord]], spans: list[tuple[float, float]]
) -> None:
    words, timed = alignment
    placed = place(words, timed, spans)
    assert [word["word"] for word in placed] == words
    times = [time for word in placed for time in (word["start"], word["end"])]
    assert all(math.isfinite(time) for time in times)
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert round(spans[0][0], 3) <= times[0]
    assert times[-1] <= round(spans[-1][1], 3)
    assert {word["confidence"] for word in placed} == {None}  # a score of times is none of words


@given(st.one_of(alignments(), orderly_alignments()), speech())
def test_no_word_reaches_over_a_pause_or_lasts_longer_than_a_word_can(
    alignment: tuple[list[str], list[TimedWord]], spans: list[tuple[float, float]]
) -> None:
    words, timed = alignment
    pauses = [
        (end, start)
        for (_, end), (start, _) in pairwise(spans)
        if start - end > SHORTEST_PAUSE + ROUNDING
    ]
    for word in place(words, timed, spans):
        assert word["end"] - word["start"] <= LONGEST_WORD + ROUNDING
        for begin, end in pauses:
            assert word["start"] >= begin - ROUNDING or word["end"] <= end + ROUNDING


@given(WORDS, speech())
def test_words_without_any_alignment_are_estimated_and_lie_in_the_speech(
    words: list[str], spans: list[tuple[float, float]]
) -> None:
    placed = place(words, [], spans)
    assert {word["timing"] for word in placed} == {"estimated"}
    assert placed[0]["start"] >= spans[0][0]
    assert placed[-1]["end"] <= spans[-1][1]


def times(
    words: list[str], timed: list[TimedWord], *spans: tuple[float, float]
) -> list[tuple[float, float, str]]:
    return [(w["start"], w["end"], w["timing"]) for w in place(words, timed, spans)]


def test_a_good_alignment_is_taken_as_it_is() -> None:
    timed = [TimedWord(1.0, 1.2, 0.9), TimedWord(1.25, 1.9, 0.8)]
    assert times(["good", "morning"], timed, (0.9, 2.0)) == [
        (1.0, 1.2, "aligned"),
        (1.25, 1.9, "aligned"),
    ]


def test_a_word_without_a_time_lies_between_its_neighbours() -> None:
    timed = [TimedWord(1.0, 1.2, 0.9), TimedWord(), TimedWord(2.0, 2.4, 0.9)]
    assert times(["at", "12", "noon"], timed, (1.0, 3.0))[1] == (1.2, 2.0, "estimated")


@pytest.mark.parametrize(
    ("word", "before", "expected"),
    [
        ("lunch", "after", (0.6, 1.0)),  # 0.4 s of it before the pause, 0.3 s after
        ("lunch.", "after", (0.6, 1.0)),
        ("lunch", "yes.", (1.5, 1.8)),
        ("lunch.", "yes.", (0.6, 1.0)),
    ],
)
def test_a_word_over_a_pause_keeps_the_side_that_punctuation_tells_or_else_the_longer_one(
    word: str, before: str, expected: tuple[float, float]
) -> None:
    timed = [TimedWord(0.1, 0.5, 0.9), TimedWord(0.6, 1.8, 0.9)]
    assert times([before, word], timed, (0.0, 1.0), (1.5, 2.0))[1] == (*expected, "aligned")


def test_the_closed_mouth_inside_a_word_is_no_pause() -> None:
    placed = times(["chapter"], [TimedWord(0.2, 0.8, 0.9)], (0.0, 0.5), (0.56, 1.0))
    assert placed == [(0.2, 0.8, "aligned")]


def test_a_word_that_would_last_too_long_is_estimated() -> None:
    timed = [TimedWord(0.1, 0.4, 0.9), TimedWord(0.5, 3.5, 0.9), TimedWord(3.6, 3.9, 0.9)]
    placed = times(["we", "need", "it"], timed, (0.0, 4.0))
    assert placed[1] == (0.4, 2.9, "estimated")
    assert placed[2] == (3.6, 3.9, "aligned")


LOST = [TimedWord(0.0, 0.5, 0.4), TimedWord(1.1, 1.5, 0.3), TimedWord(1.6, 1.8, 0.4)]


def test_a_lost_aligner_is_not_believed_where_it_puts_words_into_a_pause() -> None:
    placed = times(["so", "it", "is"], LOST, (0.0, 1.0), (1.6, 2.0))
    assert [timing for _, _, timing in placed] == ["aligned", "estimated", "aligned"]


def test_a_sure_aligner_is_believed_where_the_detector_missed_speech() -> None:
    sure = [TimedWord(timed.start, timed.end, 0.8) for timed in LOST]
    assert times(["so", "it", "is"], sure, (0.0, 1.0), (1.6, 2.0))[1] == (1.1, 1.5, "aligned")


def test_estimated_words_keep_out_of_the_pauses() -> None:
    assert times(["aa", "bb"], [], (0.0, 1.0), (5.0, 6.0)) == [
        (0.0, 1.0, "estimated"),
        (5.0, 6.0, "estimated"),
    ]
