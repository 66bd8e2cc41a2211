"""Chooses the terms of a vocabulary for which a model's prompt has room; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scribe import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from scribe.shapes import VocabularyUse


@dataclass(frozen=True)
class HotWords:
    """What a model is told to expect.

    Attributes:
        terms: those that fit.
        use: the report on all of them.
    """

    terms: tuple[str, ...]
    use: VocabularyUse

    @property
    def prompt(self) -> str | None:
        """The terms as the decoder is given them; None for none."""
        return _joined(self.terms) or None


def choose(text: str, count_tokens: Callable[[str], int], room: int) -> HotWords:
    """Take whole terms, in their order, as long as they fit; a longer prompt is cut silently.

    Args:
        text: as `scribe.vocabulary` reads it.
        count_tokens: of a prompt.
        room: tokens that a prompt may have.
    """
    terms: list[str] = []
    dropped: list[str] = []
    for term in vocabulary.terms(text):
        fits = count_tokens(_joined([*terms, term])) <= room
        (terms if fits else dropped).append(term)
    token_count = count_tokens(_joined(terms)) if terms else 0
    return HotWords(tuple(terms), {"text": text, "token_count": token_count, "dropped": dropped})


def _joined(terms: list[str] | tuple[str, ...]) -> str:
    return ", ".join(terms)
