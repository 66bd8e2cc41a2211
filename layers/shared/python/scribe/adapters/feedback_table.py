"""What owners say of their transcripts, kept in the jobs' rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from scribe import jobs
from scribe.adapters.rows import ConditionFailed, Rows
from scribe.jobs import JobMissing, JobNotEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from scribe.jobs import Feedback, Job


class FeedbackTable:
    """The field `feedback` of the Jobs table's rows.

    Args:
        client: DynamoDB's low-level client.
        table_name: the Jobs table.
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

    def record(self, user_id: str, job_id: str, *, rating: int, comment: str | None) -> Job:
        """Record what an owner says; the last word holds.

        Args:
            user_id, job_id: the job.
            rating: 1 to 5, 5 being the best.
            comment: in the owner's words, or None.

        Returns:
            The row afterwards.

        Raises:
            JobMissing: the row is gone or deleted.
            JobNotEnded: the job is neither completed nor failed.
        """
        feedback: Feedback = {
            "rating": rating,
            "comment": comment,
            "at": jobs.timestamp(self._clock()),
        }
        try:
            row = self._rows.update(
                {"user_id": user_id, "job_id": job_id},
                condition="#status IN (:completed, :failed)",
                values={"completed": "COMPLETED", "failed": "FAILED"},
                # Not `updated_at`, which says when the job itself went on.
                put={"feedback": feedback},
            )
        except ConditionFailed as failed:
            status = failed.row["status"] if failed.row else "DELETED"
            if status == "DELETED":
                raise JobMissing(job_id) from failed
            raise JobNotEnded(f"the job is {status}") from failed
        return cast("Job", row)
