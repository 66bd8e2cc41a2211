"""How sure the model is of each word, from the probabilities of its tokens; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worker.spelling import is_all_silent

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST: Final = 0.001
"""The lowest confidence, so that no reader takes a rounded 0 for "unknown"."""


def of_words(pieces: Sequence[str], probabilities: Sequence[float]) -> list[float | None]:
    """The confidence of each word: the mean probability of the pieces that it is made of.

    A piece that is only punctuation says little about its word (the model may well hesitate
    between a comma and a full stop), and is left out unless the word is nothing else.

    Args:
        pieces: the texts of a window's tokens, in order, with their spaces.
        probabilities: of each piece; NaN, or a figure that is no probability, is unknown.

    Returns:
        As many figures as `"".join(pieces).split()` has words, between 0.001 and 1; None where
        nothing is known.
    """
    return [_mean(word) for word in _words(pieces, probabilities)]


def _words(pieces: Sequence[str], probabilities: Sequence[float]) -> list[list[tuple[str, float]]]:
    """For each word the parts of pieces in it; a piece may hold a space, and so two words."""
    words: list[list[tuple[str, float]]] = []
    inside = False
    for piece, probability in zip(pieces, probabilities, strict=True):
        parts = piece.split()
        if not parts:
            inside = inside and not piece
            continue
        if inside and not piece[0].isspace():
            words[-1].append((parts.pop(0), probability))
        words.extend([(part, probability)] for part in parts)
        inside = not piece[-1].isspace()
    return words


def _mean(word: Sequence[tuple[str, float]]) -> float | None:
    telling = [part for part in word if not is_all_silent(part[0])] or word
    known = [probability for _, probability in telling if 0 <= probability <= 1]
    if not known:
        return None
    return max(_LEAST, round(sum(known) / len(known), 3))
