"""What of a written word is heard, and given to the aligner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.spelling import for_aligner, is_all_silent

ENGLISH = frozenset("abcdefghijklmnopqrstuvwxyz'|.,")


@pytest.mark.parametrize(
    ("word", "heard"),
    [
        ("Office.", "office"),
        ("«don't»,", "don't"),
        ("'well-known'", "wellknown"),
        ("'", ""),
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("¿Qué?", "que"),
        ("mp3", "mp*"),
        ("50%", "***"),
        ("€", "*"),
        ("привет", "******"),
        ("…", ""),
        ("—", ""),
        ("♪", ""),
        ("😀", ""),
        ("|", "*"),
        ("", ""),
    ],
)
def test_punctuation_is_silent_and_unknown_characters_are_some_sound(word: str, heard: str) -> None:
    assert for_aligner(word, ENGLISH) == heard


def test_a_letter_that_the_aligner_has_learned_keeps_its_accent() -> None:
    assert for_aligner("Mañana", ENGLISH | {"ñ"}) == "mañana"


@given(st.text())
def test_the_aligner_gets_its_own_letters_and_no_space_whatever_is_written(word: str) -> None:
    heard = for_aligner(word, ENGLISH)
    assert set(heard) <= set("abcdefghijklmnopqrstuvwxyz'*")


@given(st.text())
def test_only_what_is_silent_may_vanish(word: str) -> None:
    assert bool(for_aligner(word, ())) != is_all_silent(word)
