"""The right to tell a job's owner how it ended: held by one at a time, and recorded when used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scribe import jobs
from scribe.adapters.job_rows import OWNED, JobRows, job_in, key_of
from scribe.adapters.rows import ConditionFailed
from scribe.errors import Superseded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_boto3_dynamodb import DynamoDBClient

    from scribe.jobs import Job, Notification


class NotificationClaims:
    """Leases in the Jobs table; whether there is something to tell stands in `scribe.jobs`.

    Args:
        client: DynamoDB's low-level client.
        table_name: the Jobs table.
        clock: the present moment, for leases and `updated_at`.

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
        self._rows = JobRows(client, table_name, clock=clock)
        self._clock = clock

    def claim(
        self, user_id: str, job_id: str, *, execution_arn: str, lease_seconds: int
    ) -> Job | None:
        """Take the right to tell the owner how the job ended.

        Args:
            user_id, job_id, execution_arn: the job, and the execution that ended.
            lease_seconds: how long the right lasts; longer than the caller can live.

        Returns:
            The row, its `notification` being the caller's lease; None where the owner was
            told this outcome already; the job is then no open one.

        Raises:
            Superseded: the row is gone, deleted, another execution's, or has not ended.
            NotificationBusy: another caller holds the right, or was faster.
        """
        job = jobs.owned_by(self._rows.job(user_id, job_id), execution_arn)
        lease = jobs.next_notification(job, self._clock(), lease_seconds)
        if lease is None:
            self._close(job)
            return None
        values: dict[str, object] = {"execution_arn": execution_arn, "outcome": lease["outcome"]}
        last = job.get("notification")
        unchanged = "#notification = :last" if last else "attribute_not_exists(#notification)"
        try:
            return self._rows.write(
                key_of(user_id, job_id),
                condition=f"{OWNED}#status = :outcome AND {unchanged}",
                values=values if last is None else {**values, "last": last},
                put={"notification": lease},
            )
        except ConditionFailed as failed:
            raise jobs.NotificationBusy("the job changed while it was read") from failed

    def record_announcement(self, job: Job) -> Job:
        """Record that other systems were told: the next to hold the lease need not tell them.

        Args:
            job: what `claim` returned.

        Returns:
            The row afterwards.

        Raises:
            Superseded: the job changed after the claim; what it has become is told later.
        """
        return self._replace_lease(job, {**job["notification"], "announced": True})

    def record_notification(self, job: Job, *, message_id: str | None) -> None:
        """Record that the owner was told, and take the job out of the open jobs.

        Args:
            job: what `claim` or `record_announcement` returned.
            message_id: the mail service's; None where there is no address to tell.

        Raises:
            Superseded: the job changed after the claim; what it has become is told later.
        """
        told: Notification = {
            **job["notification"],
            "state": "SENT",
            "until": None,
            "message_id": message_id,
        }
        self._replace_lease(job, told, remove=("open_shard",))

    def _close(self, job: Job) -> None:
        """Take a job out of the open jobs that came to the end which its owner knows of.

        A redrive opened it, and failed as the run before had.
        """
        if "open_shard" in job:
            told = job["notification"]
            self._replace_lease(job, told, remove=("open_shard",))

    def _replace_lease(self, job: Job, by: Notification, *, remove: Iterable[str] = ()) -> Job:
        lease = job["notification"]
        try:
            return self._rows.write(
                key_of(job["user_id"], job["job_id"]),
                condition=f"{OWNED}#status = :outcome AND #notification = :lease",
                values={
                    "execution_arn": job["execution_arn"],
                    "outcome": lease["outcome"],
                    "lease": lease,
                },
                put={"notification": by},
                remove=remove,
            )
        except ConditionFailed as failed:
            row = jobs.owned_by(job_in(failed), job["execution_arn"])
            # Where an answer is lost the client writes again, and meets what it wrote itself:
            # a lease has one holder, and so has what replaces it.
            if (row["status"], row.get("notification")) == (lease["outcome"], by):
                return row
            raise Superseded("the job changed while its owner was told") from failed
