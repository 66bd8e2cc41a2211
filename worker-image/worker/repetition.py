"""Finds a decoder that goes in circles, which is how Whisper fails most often; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_PHRASE: Final = 8
"""Words; longer phrases that come again, zlib sees."""


def is_loop(words: Sequence[str], least_words: int, least_repeats: int) -> bool:
    """Whether one phrase comes again and again, up to the end or through most of the text.

    Args:
        words: in the form in which they are compared.
        least_words: that a loop has in all; people do say "no, no, no".
        least_repeats: of its phrase.
    """
    for phrase in range(1, _LONGEST_PHRASE + 1):
        least = max(least_words, least_repeats * phrase)
        for start, end in _runs(words, phrase):
            is_most = 2 * (end - start) >= len(words)
            if end - start >= least and (end == len(words) or is_most):
                return True
    return False


def _runs(words: Sequence[str], phrase: int) -> list[tuple[int, int]]:
    """The stretches in which every word is that of one phrase earlier; an end may be partial."""
    runs: list[tuple[int, int]] = []
    start = 0
    for place in range(phrase, len(words) + 1):
        if place == len(words) or words[place] != words[place - phrase]:
            runs.append((start, place))
            start = place - phrase + 1
    return runs
