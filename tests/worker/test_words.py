"""Word times: nothing is lost, nothing steps back, whatever the aligner says."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from worker.words import TimedWord, place

WORDS = st.lists(st.text("abcdefghñ'1", min_size=1, max_size=12), min_size=1, max_size=30)
TIMES = st.one_of(
    st.none(), st.just(math.nan), st.floats(-5, 40), st.just(math.inf), st.just(-math.inf)
)


@st.composite
def speech(draw: st.DrawFn) -> list[tuple[float, float]]:
    edges = sorted(draw(st.lists(st.floats(0, 30), min_size=2, max_size=12, unique=True)))
    edges = [round(edge, 3) for edge in edges[: len(edges) // 2 * 2]]
    spans = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
    return spans or [(0.0, 1.0)]


@st.composite
def alignments(draw: st.DrawFn) -> tuple[list[str], list[TimedWord]]:
    words = draw(WORDS)
    timed = [TimedWord(word, draw(TIMES), draw(TIMES)) for word in words]
    return words, draw(st.sampled_from([timed, timed[:-1], []]))


@given(alignments(), speech())
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


@given(WORDS, speech())
def test_words_without_any_alignment_are_estimated_and_fill_the_speech(
    words: list[str], spans: list[tuple[float, float]]
) -> None:
    placed = place(words, [], spans)
    assert {word["timing"] for word in placed} == {"estimated"}
    assert placed[0]["start"] == spans[0][0]
    assert placed[-1]["end"] == spans[-1][1]


def test_a_good_alignment_is_taken_as_it_is() -> None:
    timed = [TimedWord("good", 1.0, 1.2), TimedWord("morning", 1.25, 1.9)]
    placed = place(["good", "morning"], timed, [(0.9, 2.0)])
    assert [(w["start"], w["end"], w["timing"]) for w in placed] == [
        (1.0, 1.2, "aligned"),
        (1.25, 1.9, "aligned"),
    ]


def test_a_word_without_a_time_lies_between_its_neighbours() -> None:
    timed = [TimedWord("at", 1.0, 1.2), TimedWord("12", None, None), TimedWord("noon", 2.0, 2.4)]
    placed = place(["at", "12", "noon"], timed, [(1.0, 3.0)])
    assert (placed[1]["start"], placed[1]["end"], placed[1]["timing"]) == (1.2, 2.0, "estimated")


def test_estimated_words_keep_out_of_the_pauses() -> None:
    placed = place(["aa", "bb"], [], [(0.0, 1.0), (5.0, 6.0)])
    assert [(word["start"], word["end"]) for word in placed] == [(0.0, 1.0), (5.0, 6.0)]


def test_an_alignment_of_another_text_is_not_used() -> None:
    placed = place(["yes"], [TimedWord("no", 0.1, 0.2)], [(0.0, 1.0)])
    assert placed[0]["timing"] == "estimated"
