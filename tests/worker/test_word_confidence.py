"""Word confidence: one figure for each word, from the tokens that the word is made of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.word_confidence import of_words

PIECES = st.text(st.sampled_from("aé1.,¿%'😀 \n\u3000\u0301"), max_size=6)
PROBABILITIES = st.floats(0, 1)


@given(st.lists(st.tuples(PIECES, PROBABILITIES), max_size=30))
def test_each_word_has_a_figure_between_those_of_its_window(
    tokens: list[tuple[str, float]],
) -> None:
    pieces = [piece for piece, _ in tokens]
    probabilities = [probability for _, probability in tokens]
    confidences = of_words(pieces, probabilities)
    assert len(confidences) == len("".join(pieces).split())
    for confidence in confidences:
        assert confidence is not None
        assert min(probabilities) - 0.0005 <= confidence <= max(0.001, *probabilities) + 0.0005
        assert confidence > 0


@given(st.lists(st.lists(st.tuples(st.text("añ.", min_size=1, max_size=3), PROBABILITIES),
                         min_size=1, max_size=4), min_size=1, max_size=8))  # fmt: skip
def test_a_word_is_bounded_by_its_own_tokens(words: list[list[tuple[str, float]]]) -> None:
    tokens = [
        (" " * (place == 0) + text, probability)
        for word in words
        for place, (text, probability) in enumerate(word)
    ]
    confidences = of_words([text for text, _ in tokens], [p for _, p in tokens])
    for word, confidence in zip(words, confidences, strict=True):
        own = [probability for _, probability in word]
        assert confidence is not None
        assert min(own) - 0.0005 <= confidence <= max(0.001, *own) + 0.0005


@given(
    st.lists(
        st.tuples(
            PIECES, st.one_of(PROBABILITIES, st.sampled_from([math.nan, math.inf, -1.0, 7.0]))
        )
    )
)
def test_what_is_no_probability_never_gets_out(tokens: list[tuple[str, float]]) -> None:
    confidences = of_words([piece for piece, _ in tokens], [p for _, p in tokens])
    assert all(figure is None or 0 < figure <= 1 for figure in confidences)


@pytest.mark.parametrize(
    ("pieces", "probabilities", "expected"),
    [
        ([" good", " morn", "ing"], [0.9, 0.5, 0.7], [0.9, 0.6]),
        ([" yes", "."], [0.9, 0.1], [0.9]),
        ([" ¿", "Qué", "?"], [0.2, 0.8, 0.2], [0.8]),
        ([" …"], [0.4], [0.4]),
        ([" 50", "%"], [0.8, 0.4], [0.6]),
        ([" 50", " %"], [0.8, 0.4], [0.8, 0.4]),
        ([" don", "'", "t"], [0.8, 0.1, 0.6], [0.7]),
        (["a b", "c d"], [0.2, 0.4], [0.2, 0.3, 0.4]),
        ([" ", "a", " ", "\n", "b"], [0.1, 0.5, 0.1, 0.1, 0.7], [0.5, 0.7]),
        ([" a", "", "b"], [0.2, 0.9, 0.4], [0.3]),
        ([" never", " 0"], [0.0, 1e-9], [0.001, 0.001]),
        ([" lost", " found"], [math.nan, 0.5], [None, 0.5]),
        ([], [], []),
    ],
)
def test_words_take_the_mean_of_their_telling_tokens(
    pieces: list[str], probabilities: list[float], expected: list[float | None]
) -> None:
    assert of_words(pieces, probabilities) == expected


def test_pieces_without_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        of_words([" a", " b"], [0.5])
