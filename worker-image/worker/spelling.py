"""What is heard of a written word; pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

UNKNOWN_SOUND: Final = "*"
"""Stands for a character that is said aloud in a way its spelling does not tell."""
_SAID: Final = frozenset("%‰&@#/*")
"""Unicode calls these punctuation, and yet people say them aloud."""
_CURRENCY_AND_MATHEMATICS: Final = ("Sc", "Sm")


def is_silent(character: str) -> bool:
    """Whether nobody says this character: a comma, a bracket, an emoji, a combining accent."""
    said = character.isalnum() or character in _SAID
    return not said and unicodedata.category(character) not in _CURRENCY_AND_MATHEMATICS


def is_all_silent(text: str) -> bool:
    """Whether nothing in a text is said aloud."""
    return all(map(is_silent, text))


def for_aligner(word: str, known: Container[str]) -> str:
    """A word in the letters that an aligner has learned, without what takes no time to say.

    A full stop given to an aligner is a label like any other: it takes a place in the sound
    after its word, and the pause with it.

    Args:
        word: as it is written.
        known: the aligner's labels, in lower case; some have labels for punctuation too.

    Returns:
        Letters and `UNKNOWN_SOUND`; empty where nothing is said aloud.
    """
    heard = []
    for character in unicodedata.normalize("NFC", word).lower():
        bare = unicodedata.normalize("NFD", character)[0]
        if (character.isalpha() or character == "'") and character in known:
            heard.append(character)
        elif bare.isalpha() and bare in known:
            heard.append(bare)
        elif not is_silent(character):
            heard.append(UNKNOWN_SOUND)
    return "".join(heard).strip("'")  # inside a word it is a letter, around one a quotation mark
