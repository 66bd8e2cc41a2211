"""How far a transcript is from what was said: words, and the times of words."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from statistics import median, quantiles
from typing import TYPE_CHECKING, Protocol

import jiwer

from models.sentences import words

if TYPE_CHECKING:
    from collections.abc import Sequence


class TrueWord(Protocol):
    """A word of a reference. Times in seconds; a guessed border is marked as not exact."""

    @property
    def start(self) -> float: ...  # noqa: D102  # said above
    @property
    def end(self) -> float: ...  # noqa: D102
    @property
    def start_exact(self) -> bool: ...  # noqa: D102
    @property
    def end_exact(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class HeardWord:
    """A word of a transcript, with its times in seconds or None where it has none."""

    text: str
    start: float | None
    end: float | None


@dataclass
class TimeErrors:
    """Distances of word borders from the true ones, in milliseconds."""

    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    without_times: int = 0

    def __str__(self) -> str:
        """Say median and 90th percentile of both."""
        return (
            f"start {_spread(self.starts)}, end {_spread(self.ends)} (median / p90 ms), "
            f"{self.without_times} words without times"
        )


def word_error_rate(reference: str, transcript: str) -> float:
    """Give the share of wrong, missing and added words; case and punctuation do not count."""
    return float(jiwer.wer(" ".join(words(reference)), " ".join(words(transcript))))


def time_errors(
    reference: Sequence[tuple[str, TrueWord]], heard: Sequence[HeardWord]
) -> TimeErrors:
    """Compare the times of the words that both sides have in the same order."""
    said = [" ".join(words(text)) for text, _ in reference]
    got = [" ".join(words(word.text)) for word in heard]
    errors = TimeErrors()
    for block in SequenceMatcher(None, said, got, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            true, word = reference[block.a + offset][1], heard[block.b + offset]
            if word.start is None or word.end is None:
                errors.without_times += 1
                continue
            if true.start_exact:
                errors.starts.append(abs(word.start - true.start) * 1000)
            if true.end_exact:
                errors.ends.append(abs(word.end - true.end) * 1000)
    return errors


def _spread(values: Sequence[float]) -> str:
    if len(values) < 2:
        return "–"
    return f"{median(values):.0f} / {quantiles(values, n=10, method='inclusive')[-1]:.0f}"
