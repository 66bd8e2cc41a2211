"""Which words of a transcript count as wrong."""

from __future__ import annotations

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.quality.results import WordErrors
from bench.quality.word_errors import compare, plain, share_wrong, wrong_words

WORDS = st.lists(st.sampled_from(["the", "red", "car", "book", "río"]), max_size=12)


@given(WORDS.filter(bool), WORDS.filter(bool))
def test_the_rate_is_the_word_error_rate_of_the_field(said: list[str], heard: list[str]) -> None:
    errors, _ = compare(said, heard)
    assert errors.rate == pytest.approx(jiwer.wer(" ".join(said), " ".join(heard)))


@given(WORDS, WORDS)
def test_as_many_words_are_wrong_as_were_substituted_or_added(
    said: list[str], heard: list[str]
) -> None:
    errors, wrong = compare(said, heard)
    assert len(wrong) == len(heard)
    assert sum(wrong) == errors.substituted + errors.added
    assert errors.said - errors.missed == len(heard) - errors.added


@given(WORDS)
def test_a_word_for_word_transcript_has_no_errors(said: list[str]) -> None:
    assert compare(said, said) == (WordErrors(said=len(said)), [False] * len(said))


def test_every_word_is_wrong_where_nobody_spoke() -> None:
    errors, wrong = compare([], ["thank", "you"])
    assert (errors.added, wrong) == (2, [True, True])


def test_case_and_punctuation_do_not_count() -> None:
    errors, wrong = wrong_words(["¿Qué", "hora", "es?"], ["qué", "Hora,", "—", "es."])
    assert (errors.rate, wrong) == (0.0, [False, False, None, False])


def test_a_word_of_two_parts_is_right_if_both_are() -> None:
    _, wrong = wrong_words(["twenty", "five"], ["twenty-five"])
    assert wrong == [False]
    _, wrong = wrong_words(["twenty", "five"], ["twenty-nine"])
    assert wrong == [True]


def test_an_apostrophe_belongs_to_its_word() -> None:
    assert plain("Don’t stop, it's 5%.") == ["don't", "stop", "it's", "5"]


@given(WORDS, st.integers(0, 12), st.integers(0, 12))
def test_any_stretch_of_what_was_said_has_no_wrong_words(
    said: list[str], one: int, other: int
) -> None:
    assert share_wrong(said, said[min(one, other) : max(one, other)]) == 0


@given(WORDS, WORDS.filter(bool), WORDS)
def test_no_stretch_of_the_reference_fits_better_than_the_best_one(
    before: list[str], part: list[str], after: list[str]
) -> None:
    said = before + part + after
    stretches = [
        said[begin:end] for begin in range(len(said) + 1) for end in range(begin, len(said) + 1)
    ]
    heard = part[::-1]
    costs = []
    for stretch in stretches:
        errors, _ = compare(stretch, heard)
        costs.append(errors.substituted + errors.missed + errors.added)
    assert share_wrong(said, heard) == pytest.approx(min(costs) / len(heard))


def test_all_words_of_a_text_are_wrong_where_nobody_spoke() -> None:
    assert share_wrong([], ["thank", "you"]) == 1
