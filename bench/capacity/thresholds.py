"""Thresholds that follow from how long a chunk may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DOWN_SHARE: Final = 0.4
"""Of the upper threshold; the asked rule's own ratio of 200 to 500."""
_SMALLEST: Final = 2
"""In chunks per worker: one is in work even where nothing waits."""


class ObjectiveUnreachable(Exception):
    """No number of workers keeps to the objective."""


@dataclass(frozen=True)
class Thresholds:
    """Chunks per worker above which the fleet grows and below which it shrinks."""

    up: int
    down: int

    @property
    def parameters(self) -> dict[str, str]:
        """The stage parameters that hold them."""
        return {"scaleUpAbove": str(self.up), "scaleDownBelow": str(self.down)}


def derive(latency_minutes: float, seconds_per_chunk: float, start_minutes: float) -> Thresholds:
    """Thresholds for an objective.

    A chunk that finds `up` others for each worker waits for as many times a chunk's own time.
    What a worker's start takes is subtracted, since the help that is called comes so late.

    Args:
        latency_minutes: how long a chunk may take from its arrival to its result.
        seconds_per_chunk: what a worker needs for one.
        start_minutes: from the alarm to a new worker's first chunk.

    Raises:
        ObjectiveUnreachable: the start of a worker and a chunk or two take longer.
    """
    left_seconds = (latency_minutes - start_minutes) * 60
    up = int(left_seconds / seconds_per_chunk)
    if up < _SMALLEST:
        least = start_minutes + _SMALLEST * seconds_per_chunk / 60
        raise ObjectiveUnreachable(
            f"{latency_minutes:g} minutes cannot be kept: a worker's start and "
            f"{_SMALLEST} chunks take {least:.1f}"
        )
    return Thresholds(up, max(1, int(DOWN_SHARE * up)))
