"""Which detector of speech the figures speak for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.models import VadName

    from bench.quality.results import Detection

TOLERATED_MISSED: Final = 0.01
"""Two detectors that both miss less of the speech than this are equally good at finding it."""


@dataclass(frozen=True)
class Score:
    """One detector on all scenes.

    Attributes:
        missed: share of the speech.
        false: share of the other sound.
        real_time_factor: seconds of work for a second of audio.
    """

    detector: VadName
    missed: float
    false: float
    real_time_factor: float


def scores(detections: Sequence[Detection]) -> list[Score]:
    """Each detector's shares, in the order in which they were measured."""
    found = []
    for name in dict.fromkeys(one.detector for one in detections):
        ours = [one for one in detections if one.detector == name]
        found.append(
            Score(
                name,
                sum(one.missed for one in ours) / sum(one.speech for one in ours),
                sum(one.false for one in ours) / sum(one.other for one in ours),
                sum(one.took for one in ours) / sum(one.seconds for one in ours),
            )
        )
    return found


def best(found: Sequence[Score]) -> Score:
    """The one that misses the least speech; then takes the least else for speech; then is fastest.

    Missed speech is lost, and what is wrongly taken for speech still has to pass the gates.
    """
    return min(
        found,
        key=lambda score: (
            max(score.missed, TOLERATED_MISSED),
            score.false,
            score.real_time_factor,
        ),
    )
