"""Missed and false speech, and which detector the figures speak for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.quality import spans
from bench.quality.detector_choice import Score, best, scores
from bench.quality.measuring.detection import COLLAR, judge
from samples.scenes import Scene

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6).map(
    lambda pairs: [(float(min(pair)), float(max(pair))) for pair in pairs]
)
LENGTH = 40.0
SPEECH = ((2.0, 6.0), (20.0, 25.0))


def covered(found: list[spans.Span]) -> set[int]:
    """The whole seconds that lie in any of these."""
    return {second for start, end in found for second in range(int(start), int(end))}


@given(SPANS, SPANS)
def test_arithmetic_with_spans_is_that_of_sets(
    one: list[spans.Span], two: list[spans.Span]
) -> None:
    first, second = spans.united(one), spans.united(two)
    assert covered(first) == covered(one)
    assert spans.seconds(first) == len(covered(one))
    assert covered(spans.common(first, second)) == covered(one) & covered(two)
    assert covered(spans.outside(one, LENGTH)) == set(range(int(LENGTH))) - covered(one)


def test_a_bridge_joins_what_lies_close_together() -> None:
    assert spans.united([(0.0, 1.0), (1.2, 2.0), (3.0, 4.0)], bridge=0.3) == [(0, 2.0), (3.0, 4.0)]


def scene() -> Scene:
    return Scene("two sentences", np.zeros(40 * 16_000, np.float32), SPEECH)


def test_a_detector_that_is_right_misses_nothing_and_invents_nothing() -> None:
    found = judge("silero", scene(), SPEECH, took=1.0)
    assert (found.missed, found.false) == (0, 0)
    assert found.speech == pytest.approx(9 - 4 * COLLAR)
    assert found.other == pytest.approx(31 - 4 * COLLAR)


def test_borders_are_not_judged_by_the_frame() -> None:
    nearly = [(start - 0.2, end + 0.2) for start, end in SPEECH]
    found = judge("silero", scene(), nearly, took=1.0)
    assert (found.missed, found.false) == (0, 0)


def test_a_deaf_detector_misses_all_speech() -> None:
    found = judge("silero", scene(), [], took=1.0)
    assert found.missed == pytest.approx(found.speech)
    assert found.false == 0


def test_a_detector_that_hears_speech_everywhere_takes_all_else_for_speech() -> None:
    found = judge("silero", scene(), [(0.0, 40.0)], took=1.0)
    assert found.missed == 0
    assert found.false == pytest.approx(found.other)


def test_shares_are_of_all_scenes_together() -> None:
    one = judge("silero", scene(), SPEECH[:1], took=0.4)
    other = dataclasses.replace(one, detector="pyannote", missed=0.0, took=4.0)
    assert scores([one, one, other]) == [
        Score("silero", one.missed / one.speech, 0.0, 0.01),
        Score("pyannote", 0.0, 0.0, 0.1),
    ]


@pytest.mark.parametrize(
    ("silero", "pyannote", "expected"),
    [
        # Missed speech is lost, whatever else is right about a detector.
        (Score("silero", 0.05, 0.0, 0.001), Score("pyannote", 0.0, 0.3, 0.03), "pyannote"),
        # Where neither misses any to speak of, what is no speech decides,
        (Score("silero", 0.004, 0.02, 0.001), Score("pyannote", 0.0, 0.1, 0.03), "silero"),
        # and then the speed.
        (Score("silero", 0.004, 0.02, 0.001), Score("pyannote", 0.0, 0.02, 0.03), "silero"),
    ],
)
def test_the_best_detector(silero: Score, pyannote: Score, expected: str) -> None:
    assert best([silero, pyannote]).detector == expected
    assert best([pyannote, silero]).detector == expected
