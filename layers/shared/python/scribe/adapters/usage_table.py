"""The usage table: what each user has asked for in a day, counted so that no limit is passed."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from scribe import limits
from scribe.adapters.rows import ConditionFailed, Rows
from scribe.limits import DayUse, LimitReached

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from scribe.adapters.rows import Row
    from scribe.limits import Limit, Limits

_KEPT: Final = timedelta(days=2)


class UsageTable:
    """One row for each user and day.

    Args:
        client: DynamoDB's low-level client.
        table_name: the table.
        clock: the present moment.

    Raises:
        StorageUnavailable: from every method, when DynamoDB refuses or does not answer.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._rows = Rows(client, table_name)
        self._clock = clock

    def today(self, user_id: str) -> DayUse:
        """What a user has asked for since midnight."""
        return _use(self._rows.get({"user_id": user_id, "day": limits.day_of(self._clock())}))

    def count(self, user_id: str, size_bytes: int, allowed: Limits) -> None:
        """Count one more job, if the day has room for it.

        It is one write with its own condition: of several at once, those that no longer fit
        are refused. What is counted stays counted, whatever becomes of the job.

        Raises:
            LimitReached: the day has no room; nothing was counted.
        """
        now = self._clock()
        tomorrow = limits.next_day(now)
        wait = int((tomorrow - now).total_seconds()) + 1
        if size_bytes > allowed.bytes_per_day:
            raise LimitReached("bytes_per_day", wait)
        try:
            self._rows.update(
                {"user_id": user_id, "day": limits.day_of(now)},
                condition=(
                    "(attribute_not_exists(#jobs) OR (#jobs < :most_jobs AND #bytes <= :room))"
                    " AND (attribute_not_exists(#seconds) OR #seconds < :most_seconds)"
                ),
                values={
                    "most_jobs": allowed.jobs_per_day,
                    "room": allowed.bytes_per_day - size_bytes,
                    "most_seconds": allowed.minutes_per_day * 60,
                },
                put=_expiry(tomorrow),
                add={"jobs": 1, "bytes": size_bytes},
            )
        except ConditionFailed as failed:
            raise LimitReached(_reached(_use(failed.row), allowed), wait) from failed

    def add_seconds(self, user_id: str, seconds: float) -> None:
        """Count audio that has been prepared; it is too late to refuse it."""
        now = self._clock()
        self._rows.update(
            {"user_id": user_id, "day": limits.day_of(now)},
            put=_expiry(limits.next_day(now)),
            add={"seconds": math.ceil(seconds)},
        )


def _use(row: Row | None) -> DayUse:
    row = row or {}
    return DayUse(row.get("jobs", 0), row.get("bytes", 0), row.get("seconds", 0))


def _reached(use: DayUse, allowed: Limits) -> Limit:
    if use.seconds >= allowed.minutes_per_day * 60:
        return "minutes_per_day"
    return "jobs_per_day" if use.jobs >= allowed.jobs_per_day else "bytes_per_day"


def _expiry(end_of_day: datetime) -> dict[str, int]:
    return {"expires_at": int((end_of_day + _KEPT).timestamp())}
