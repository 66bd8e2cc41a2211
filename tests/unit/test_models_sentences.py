"""The little language of the fixture models, and the measures it is judged by."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from models import measures, sentences


def test_the_same_seed_draws_the_same_lines() -> None:
    assert sentences.draw(20, seed=3) == sentences.draw(20, seed=3)


def test_both_languages_are_spoken_by_their_own_voices() -> None:
    lines = sentences.draw(50, seed=1)

    assert {line.language for line in lines} == {"en", "es"}
    assert all(line.voice in sentences.VOICES[line.language] for line in lines)


def test_training_never_sees_a_held_out_sentence_but_the_set_phrases() -> None:
    trained = {line.text for line in sentences.training(2_000)}
    shared = {line.text for line in sentences.held_out()} & trained

    phrases = [p for g in sentences.GRAMMARS.values() for p in g.set_phrases]
    assert {text[:-1].lower() for text in shared} <= set(phrases)


@pytest.mark.parametrize("language", sentences.LANGUAGES)
def test_a_sentence_begins_large_and_ends_with_a_full_stop(language: sentences.Language) -> None:
    chance = random.Random(4)  # noqa: S311  # it chooses words, not secrets

    for _ in range(100):
        text = sentences.compose(language, chance)
        assert text[0].isupper()
        assert text.endswith(".")


def test_case_and_punctuation_are_no_word_errors() -> None:
    assert measures.word_error_rate("¿Qué hay? We need TEN.", "qué hay we need ten") == 0


def test_a_wrong_a_missing_and_an_added_word_count_one_each() -> None:
    assert measures.word_error_rate("a b c d e f", "a x c d f g") == pytest.approx(0.5)


@dataclass(frozen=True)
class Said:
    start: float
    end: float
    start_exact: bool = True
    end_exact: bool = True


def test_time_errors_count_only_exact_borders_of_words_heard_right() -> None:
    said = [("We", Said(0, 1)), ("need", Said(1, 2, end_exact=False)), ("ten.", Said(2, 3))]
    heard = [
        measures.HeardWord("We", 0.01, 1.02),
        measures.HeardWord("need", 1.03, 1.5),
        measures.HeardWord("nine.", 2.5, 3.5),
    ]

    errors = measures.time_errors(said, heard)

    assert errors.starts == pytest.approx([10, 30])
    assert errors.ends == pytest.approx([20])


def test_a_word_without_times_is_counted() -> None:
    errors = measures.time_errors([("ten", Said(0, 1))], [measures.HeardWord("ten", None, None)])

    assert errors.without_times == 1
    assert not errors.starts
