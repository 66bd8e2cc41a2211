"""Days of work: how many chunks arrive in each minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MINUTES_OF_A_DAY: Final = 24 * 60
_PEAK_BEGINS: Final = 10 * 60
_PEAK_SHARE: Final = 0.2
"""Of a day's files, what comes within the peak hour: five times the average hour."""


@dataclass(frozen=True)
class Workload:
    """What comes in.

    Attributes:
        name: a word for file names.
        title: for people.
        arrivals: chunks by minute. An average file is 10 minutes long, and one chunk.
        waiting: chunks that are there at the beginning.
        workers: how many there are at the beginning.
    """

    name: str
    title: str
    arrivals: tuple[float, ...]
    waiting: float = 0.0
    workers: int = 1


def steady(files: int) -> tuple[float, ...]:
    """As many in each minute of a day."""
    return (files / MINUTES_OF_A_DAY,) * MINUTES_OF_A_DAY


def with_a_peak_hour(files: int) -> tuple[float, ...]:
    """A day with an hour that takes a fifth of it."""
    usual = files * (1 - _PEAK_SHARE) / (MINUTES_OF_A_DAY - 60)
    peak = range(_PEAK_BEGINS, _PEAK_BEGINS + 60)
    return tuple(
        files * _PEAK_SHARE / 60 if minute in peak else usual for minute in range(MINUTES_OF_A_DAY)
    )


WORKLOADS: Final = (
    Workload("steady", "100,000 files, evenly over a day", steady(100_000)),
    Workload(
        "peak", "300,000 files in a day, 60,000 of them in one hour", with_a_peak_hour(300_000)
    ),
    Workload("burst", "10,000 files at once, on 10 workers", (), waiting=10_000.0, workers=10),
)
