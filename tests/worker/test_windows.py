"""Where a window is cut in two."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.windows import SHORTEST_HALVED_SECONDS, Window, halve

from tests.worker.support import SAMPLE_RATE

LOUD = np.random.default_rng(1).normal(0, 0.1, 40 * SAMPLE_RATE).astype(np.float32)


def test_the_cut_lies_in_the_longest_pause_of_the_middle_half() -> None:
    spans = ((0.0, 1.0), (3.0, 4.0), (4.2, 5.0), (5.8, 10.0))
    halves = halve(Window(spans), LOUD)
    assert halves is not None
    assert [half.speech for half in halves] == [
        ((0.0, 1.0), (3.0, 4.0), (4.2, 5.0)),
        ((5.8, 10.0),),
    ]


def test_one_long_stretch_is_cut_at_the_quietest_place_of_its_middle_third() -> None:
    samples = LOUD.copy()
    samples[int(5.5 * SAMPLE_RATE) : int(5.6 * SAMPLE_RATE)] *= 0.1
    samples[int(1.0 * SAMPLE_RATE) : int(1.5 * SAMPLE_RATE)] *= 0.01
    halves = halve(Window(((0.0, 10.0),)), samples)
    assert halves is not None
    assert halves[0].end == halves[1].start == pytest.approx(5.55, abs=0.03)


def test_a_pause_near_an_edge_is_no_place_to_cut() -> None:
    halves = halve(Window(((0.0, 0.5), (2.0, 10.0))), LOUD)
    assert halves is not None
    assert 4 < halves[0].end == halves[1].start < 7


def test_a_short_window_stays_whole() -> None:
    assert halve(Window(((1.0, 0.9 + SHORTEST_HALVED_SECONDS),)), LOUD) is None


def test_both_halves_keep_what_is_known_of_the_language() -> None:
    halves = halve(Window(((0.0, 10.0),), language="es"), LOUD)
    assert halves is not None
    assert [half.language for half in halves] == ["es", "es"]


@given(
    st.lists(st.floats(0, 38), min_size=4, max_size=12, unique=True)
    .map(sorted)
    .filter(lambda edges: edges[-1] - edges[0] > SHORTEST_HALVED_SECONDS)
)
def test_no_speech_is_lost_or_doubled_and_neither_half_is_tiny(edges: list[float]) -> None:
    edges = edges[: len(edges) - len(edges) % 2]
    window = Window(tuple(zip(edges[::2], edges[1::2], strict=True)))
    halves = halve(window, LOUD)
    if halves is None:
        return
    spans = [span for half in halves for span in half.speech]
    assert sum(half.speech_seconds for half in halves) == pytest.approx(window.speech_seconds)
    assert all(start <= end for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert (spans[0][0], spans[-1][1]) == (window.start, window.end)


def test_a_window_moves_with_all_of_its_speech() -> None:
    assert Window(((0.5, 1.0), (2.0, 3.0))).moved(10).speech == ((10.5, 11.0), (12.0, 13.0))
