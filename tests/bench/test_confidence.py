"""What confidence says about errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.quality.confidence import EDGES, bins, ranking, wilson
from bench.quality.results import JudgedWord

CONFIDENCES = st.sampled_from([0.0, 0.2, 0.5, 0.7, 0.95, 1.0]) | st.floats(0, 1)
WORDS = st.lists(st.builds(JudgedWord, st.none() | CONFIDENCES, st.booleans()), max_size=30)


@given(WORDS)
def test_every_word_of_known_confidence_is_in_one_bin(words: list[JudgedWord]) -> None:
    known = [word for word in words if word.confidence is not None]
    found = bins(words)
    assert sum(one.count for one in found) == len(known)
    assert sum(one.wrong for one in found) == sum(word.is_wrong for word in known)
    for one in found:
        assert one.low - 1e-9 <= one.mean_confidence <= one.high + 1e-9
        inside = [
            word
            for word in known
            if word.confidence is not None
            and (one.low <= word.confidence < one.high or one.high == word.confidence == EDGES[-1])
        ]
        assert one.count == len(inside)


@given(WORDS)
def test_the_ranking_is_the_share_of_pairs_in_the_right_order(words: list[JudgedWord]) -> None:
    right = [w.confidence for w in words if w.confidence is not None and not w.is_wrong]
    wrong = [w.confidence for w in words if w.confidence is not None and w.is_wrong]
    if not right or not wrong:
        assert ranking(words) is None
        return
    won = sum((r > w) + (r == w) / 2 for r in right for w in wrong)
    assert ranking(words) == pytest.approx(won / (len(right) * len(wrong)))


def test_confidence_that_separates_ranks_all_pairs_rightly() -> None:
    assert ranking([JudgedWord(0.9, is_wrong=False), JudgedWord(0.2, is_wrong=True)]) == 1
    assert ranking([JudgedWord(0.5, is_wrong=False), JudgedWord(0.5, is_wrong=True)]) == 0.5


@given(st.integers(0, 200), st.integers(1, 200))
def test_an_interval_holds_its_share(hits: int, count: int) -> None:
    hits = min(hits, count)
    low, high = wilson(hits, count)
    assert 0 <= low <= hits / count + 1e-9
    assert hits / count - 1e-9 <= high <= 1


def test_the_interval_is_that_of_the_literature() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, score method.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=2e-4)
