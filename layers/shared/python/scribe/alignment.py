"""Which words of two lists are the same spoken word: edit distance, with the times as judge."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Word

SAME_WORD_WITHIN_SECONDS: Final = 1.5
"""Equal words further apart are two utterances: "no" here, and "no" again."""

SAME_MOMENT: Final = 0.25
"""The part of a word that must lie in another one; neighbours share less, heard imprecisely."""


def normalised(word: str) -> str:
    """Letters and digits only, without case: what two hearings of one word share."""
    return "".join(c for c in unicodedata.normalize("NFKC", word).casefold() if c.isalnum())


def middle_of(word: Word) -> float:
    """The middle of a word, in seconds."""
    return (word["start"] + word["end"]) / 2


def matched_pairs(left: Sequence[Word], right: Sequence[Word]) -> list[tuple[int, int]]:
    """Indexes into both lists of the words that are the same spoken word, in order.

    A match costs what its times differ, up to the price of one edit, so that in "no, no, no"
    each "no" meets itself. A word stands in another one's place only at the same moment:
    elsewhere one was missed and another heard, and these are two edits.
    """
    prices = _prices(left, right)
    costs = _costs(prices, len(left), len(right))
    pairs = []
    i, j = len(left), len(right)
    while i and j:
        price = prices[i - 1][j - 1]
        if price is not None and costs[i][j] == costs[i - 1][j - 1] + price:
            i, j = i - 1, j - 1
            if _alike(left[i], right[j]):
                pairs.append((i, j))
        elif costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def same_moments(
    left: Sequence[Word], right: Sequence[Word], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Indexes of the words that each side understood differently: unmatched, at the same time.

    Args:
        left: words in the order of their starts.
        right: the same.
        pairs: what `matched_pairs` found.
    """
    of_left = {i for i, _ in pairs}
    of_right = {j for _, j in pairs}
    others = [j for j in range(len(right)) if j not in of_right]
    return [
        (i, j)
        for i in range(len(left))
        if i not in of_left
        for j in others
        if _shared(left[i], right[j]) >= SAME_MOMENT
    ]


def _shared(left: Word, right: Word) -> float:
    """Which part of the shorter word lies in the other one, 0 to 1."""
    start, end = max(left["start"], right["start"]), min(left["end"], right["end"])
    shorter = min(left["end"] - left["start"], right["end"] - right["start"])
    if shorter == 0:  # a moment lies in a word or does not
        return float(start <= end)
    return max(end - start, 0.0) / shorter


def _prices(left: Sequence[Word], right: Sequence[Word]) -> list[list[float | None]]:
    """The cost, 0 to 1, of each right word in each left one's place; None where it has none."""
    return [[_price(word, other) for other in right] for word in left]


def _price(word: Word, other: Word) -> float | None:
    apart = abs(middle_of(word) - middle_of(other))
    if apart <= SAME_WORD_WITHIN_SECONDS and _alike(word, other):
        return apart / SAME_WORD_WITHIN_SECONDS
    return 1.0 if _shared(word, other) >= SAME_MOMENT else None


def _alike(word: Word, other: Word) -> bool:
    name = normalised(word["word"])
    return name != "" and name == normalised(other["word"])


def _costs(prices: Sequence[Sequence[float | None]], rows: int, columns: int) -> list[list[float]]:
    """The edit distance of every pair of beginnings of the two lists."""
    costs = [[float(column) for column in range(columns + 1)]]
    for row in range(1, rows + 1):
        above, line = costs[-1], [float(row)]
        for column in range(1, columns + 1):
            price = prices[row - 1][column - 1]
            edits = [above[column] + 1, line[column - 1] + 1]
            if price is not None:
                edits.append(above[column - 1] + price)
            line.append(min(edits))
        costs.append(line)
    return costs
