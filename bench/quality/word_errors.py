"""Which words of a transcript are wrong: the least edits that turn it into what was said."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import jiwer

from bench.quality.results import WordErrors

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")


def plain(text: str) -> list[str]:
    """The words as they are compared: lower case, no punctuation, nothing else changed."""
    return _WORD.findall(text.casefold().replace("’", "'"))


def compare(said: Sequence[str], heard: Sequence[str]) -> tuple[WordErrors, list[bool]]:
    """Align two texts by the least number of word edits.

    Args:
        said: the reference, as `plain` gives it.
        heard: the transcript, as `plain` gives it.

    Returns:
        The errors, and for each word of `heard` whether it was substituted or added.
    """
    wrong = [True] * len(heard)
    if not said or not heard:
        return WordErrors(len(said), 0, len(said), len(heard)), wrong
    edits = jiwer.process_words(" ".join(said), " ".join(heard))
    for part in edits.alignments[0]:
        if part.type == "equal":
            for place in range(part.hyp_start_idx, part.hyp_end_idx):
                wrong[place] = False
    return WordErrors(len(said), edits.substitutions, edits.deletions, edits.insertions), wrong


def share_wrong(said: Sequence[str], part: Sequence[str]) -> float:
    """How many of a text's words are wrong, wherever in the reference it belongs.

    The least edits between the text and any stretch of the reference (the approximate string
    matching of P. H. Sellers, "The theory and computation of evolutionary distances",
    Journal of Algorithms 1 (1980), 359-373).

    Args:
        said: the whole reference, as `plain` gives it.
        part: some of a transcript, as `plain` gives it.

    Returns:
        Edits by the number of its words, at most 1; 0 for a text without words.
    """
    if not part:
        return 0.0
    # The cost of the best stretch that ends at each place of the reference.
    costs = [0] * (len(said) + 1)
    for number, word in enumerate(part, start=1):
        above, costs[0] = costs[0], number
        for place, other in enumerate(said, start=1):
            best = min(above + (word != other), costs[place] + 1, costs[place - 1] + 1)
            above, costs[place] = costs[place], best
    return min(1.0, min(costs) / len(part))


def wrong_words(said: Sequence[str], heard: Sequence[str]) -> tuple[WordErrors, list[bool | None]]:
    """Judge a transcript's words as they stand, punctuation and all.

    Returns:
        The errors, and for each word of `heard` whether it is wrong: None where it holds no
        letter or digit, so that there is nothing to compare.
    """
    parts = [plain(word) for word in heard]
    errors, flags = compare(
        [word for text in said for word in plain(text)], [part for word in parts for part in word]
    )
    ends = list(accumulate(len(part) for part in parts))
    return errors, [
        any(flags[end - len(part) : end]) if part else None
        for part, end in zip(parts, ends, strict=True)
    ]
