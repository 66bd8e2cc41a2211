"""What one user may ask for, and when there is room again; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

Limit = Literal["open_jobs", "jobs_per_day", "bytes_per_day", "minutes_per_day"]

OPEN_JOBS_RETRY_SECONDS: Final = 60
"""Jobs end at any moment; this is a polite time to ask again."""


@dataclass(frozen=True)
class Limits:
    """One user's limits.

    Attributes:
        open_jobs: jobs whose end their owner has not been told.
        jobs_per_day: jobs made in one day of UTC.
        bytes_per_day: the sizes of that day's recordings, in bytes.
        minutes_per_day: how long the recordings may be that are prepared in one day. A length
            is known when a recording has been read: the one that passes the limit is the last.
        file_bytes: the size of one recording, in bytes.
    """

    open_jobs: int
    jobs_per_day: int
    bytes_per_day: int
    minutes_per_day: int
    file_bytes: int


@dataclass(frozen=True)
class DayUse:
    """What one user has asked for in one day of UTC; `seconds` of audio have been prepared."""

    jobs: int = 0
    bytes: int = 0
    seconds: int = 0

    @property
    def minutes(self) -> int:
        """The audio that has been prepared, in minutes that were begun."""
        return math.ceil(self.seconds / 60)


class LimitReached(Exception):
    """One more would be too many; there may be room again after `retry_seconds`."""

    def __init__(self, limit: Limit, retry_seconds: int) -> None:
        self.limit: Final = limit
        self.retry_seconds: Final = retry_seconds
        super().__init__(limit)


def day_of(moment: datetime) -> str:
    """The day of UTC that a moment belongs to, as `2026-11-22`."""
    return moment.astimezone(UTC).date().isoformat()


def next_day(moment: datetime) -> datetime:
    """When the day's counts begin anew."""
    tomorrow = moment.astimezone(UTC) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
