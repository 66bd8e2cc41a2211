"""What confidence says about errors: bins, intervals, and how often it ranks rightly."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.quality.results import JudgedWord

EDGES: Final = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Of the bins: finer where most words lie."""
_Z95: Final = 1.96


@dataclass(frozen=True)
class Bin:
    """Words whose confidence lies from `low` up to `high`."""

    low: float
    high: float
    count: int
    wrong: int
    mean_confidence: float

    @property
    def share_wrong(self) -> float:
        """The part of them that is wrong."""
        return self.wrong / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of that share."""
        return wilson(self.wrong, self.count)


def bins(words: Iterable[JudgedWord], edges: Sequence[float] = EDGES) -> list[Bin]:
    """Sort words into bins by their confidence; empty bins and words without one are left out."""
    sorted_in: list[list[tuple[float, bool]]] = [[] for _ in edges[1:]]
    for word in words:
        if word.confidence is not None:
            place = min(bisect_right(edges, word.confidence), len(edges) - 1) - 1
            sorted_in[place].append((word.confidence, word.is_wrong))
    return [
        Bin(
            low,
            high,
            len(inside),
            sum(is_wrong for _, is_wrong in inside),
            fmean(confidence for confidence, _ in inside),
        )
        for low, high, inside in zip(edges, edges[1:], sorted_in, strict=False)
        if inside
    ]


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, after Wilson.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212.
    """
    share, square = hits / count, _Z95**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = (
        _Z95
        * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
        / (1 + square / count)
    )
    return max(0.0, middle - half), min(1.0, middle + half)


def ranking(words: Iterable[JudgedWord]) -> float | None:
    """How often a right word has more confidence than a wrong one, ties counting half.

    This is the area under the ROC curve, as the Mann-Whitney statistic gives it from ranks:
    J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve", Radiology 143 (1982), 29-36.

    Returns:
        0.5 where confidence says nothing, 1 where it separates; None unless there are both
        right and wrong words.
    """
    known = sorted(
        (word.confidence, word.is_wrong) for word in words if word.confidence is not None
    )
    right = sum(not is_wrong for _, is_wrong in known)
    wrong = len(known) - right
    if not right or not wrong:
        return None
    ranks_of_right, place = 0.0, 0
    while place < len(known):
        last = place
        while last < len(known) and known[last][0] == known[place][0]:
            last += 1
        # All words of one confidence share the mean of their ranks, which count from one.
        rank = (place + 1 + last) / 2
        ranks_of_right += rank * sum(not is_wrong for _, is_wrong in known[place:last])
        place = last
    return (ranks_of_right - right * (right + 1) / 2) / (right * wrong)
