"""Rows of the Jobs table as jobs, and what each conditional write of one has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from scribe import jobs
from scribe.adapters.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from scribe.adapters.rows import ConditionFailed, Key
    from scribe.jobs import Job

OWNED: Final = "attribute_exists(#job_id) AND #execution_arn = :execution_arn AND "
"""The beginning of the condition of each write that belongs to an execution."""


class JobRows(Rows):
    """Reads rows as jobs, and stamps each write with its moment.

    Args:
        client: DynamoDB's low-level client.
        table_name: the Jobs table.
        clock: the present moment, for `updated_at`.

    Raises:
        StorageUnavailable: from every method, when DynamoDB refuses or does not answer.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, *, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(client, table_name)
        self._clock = clock

    def job(self, user_id: str, job_id: str) -> Job | None:
        """Read a row as it is at this moment (strongly consistent)."""
        return cast("Job | None", self.get(key_of(user_id, job_id)))

    def write(
        self,
        key: Key,
        *,
        condition: str,
        values: Mapping[str, object],
        put: Mapping[str, object],
        remove: Iterable[str] = (),
    ) -> Job:
        """Change a row on a condition; arguments and errors are those of `update`.

        Returns:
            The row afterwards.
        """
        stamped = {**put, "updated_at": jobs.timestamp(self._clock())}
        row = self.update(key, condition=condition, values=values, put=stamped, remove=remove)
        return cast("Job", row)


def key_of(user_id: str, job_id: str) -> Key:
    """A row's key."""
    return {"user_id": user_id, "job_id": job_id}


def job_in(failed: ConditionFailed) -> Job | None:
    """What stands where a write was refused."""
    return cast("Job | None", failed.row)
