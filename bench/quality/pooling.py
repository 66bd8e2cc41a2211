"""Adds up hearings: by sample, by language, by the level of noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from statistics import mean
from typing import TYPE_CHECKING

from bench.quality.results import WordErrors

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import TypeVar

    from scribe.shapes import Language

    from bench.quality.results import Hearing, JudgedWord, NoiseColour

    Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class NoiseLevel:
    """All that was heard at one level of one noise; no colour and no level where it is clean."""

    colour: NoiseColour | None
    snr_db: float | None
    errors: WordErrors
    words: tuple[JudgedWord, ...]

    @property
    def mean_confidence(self) -> float | None:
        """Of the words whose confidence is known."""
        known = [word.confidence for word in self.words if word.confidence is not None]
        return mean(known) if known else None


def grouped(hearings: Iterable[Hearing], key: Callable[[Hearing], Key]) -> dict[Key, list[Hearing]]:
    """Hearings that belong together, in the order of the first of each group."""
    groups: dict[Key, list[Hearing]] = {}
    for hearing in hearings:
        groups.setdefault(key(hearing), []).append(hearing)
    return groups


def errors(hearings: Iterable[Hearing], language: Language | None = None) -> WordErrors:
    """All errors together, or those in one language."""
    counted = (
        found
        for hearing in hearings
        for code, found in hearing.errors.items()
        if language in {None, code}
    )
    return reduce(add, counted, WordErrors())


def noise_levels(hearings: Sequence[Hearing]) -> list[NoiseLevel]:
    """By colour and level, in the order in which they were measured."""
    levels = []
    for noise, group in grouped(hearings, lambda hearing: hearing.condition.noise).items():
        levels.append(
            NoiseLevel(
                noise.colour if noise else None,
                noise.snr_db if noise else None,
                errors(group),
                tuple(word for hearing in group for word in hearing.words),
            )
        )
    return levels


def gap_seconds(hearings: Iterable[Hearing]) -> dict[str, float]:
    """Seconds without text, by reason."""
    total: dict[str, float] = {}
    for hearing in hearings:
        for reason, seconds in hearing.gaps:
            total[reason] = total.get(reason, 0.0) + seconds
    return total


def doubts(hearings: Iterable[Hearing]) -> dict[str, float]:
    """Segments with each doubt."""
    total: dict[str, float] = {}
    for hearing in hearings:
        for doubt, count in hearing.doubts:
            total[doubt] = total.get(doubt, 0) + count
    return total
