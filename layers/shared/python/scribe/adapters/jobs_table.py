"""The Jobs table: every write of a job's row, each with the condition that makes it safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from scribe import jobs
from scribe.adapters.job_rows import OWNED, JobRows, job_in, key_of
from scribe.adapters.rows import ConditionFailed
from scribe.errors import Superseded
from scribe.jobs import JobMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from scribe.adapters.rows import Key
    from scribe.jobs import Job, NewJob, Status
    from scribe.shapes import Source

OPEN_JOBS_OF_USER: Final = "open-jobs-of-user"
"""The index of the jobs that have not ended and been told, by their owner."""


class JobsTable:
    """Rows of jobs; which change may follow which stands in `scribe.jobs`.

    Args:
        client: DynamoDB's low-level client.
        table_name: the table.
        clock: the present moment, for `updated_at` and tombstones.

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

    def get(self, user_id: str, job_id: str) -> Job | None:
        """Read a row as it is at this moment (strongly consistent)."""
        return self._rows.job(user_id, job_id)

    def create(self, new: NewJob) -> None:
        """Write the PENDING row of a recording that is about to arrive; an existing row stays."""
        now = jobs.timestamp(self._clock())
        row: Job = {
            "user_id": new.user_id,
            "job_id": new.job_id,
            "status": "PENDING",
            "attempt": 0,
            "file_name": new.file_name,
            "language": new.language,
            "ui_language": new.ui_language,
            "created_at": now,
            "updated_at": now,
            "open_shard": jobs.open_shard(new.job_id),
        }
        if new.email is not None:
            row["email"] = new.email
        if new.vocabulary:
            row["vocabulary"] = new.vocabulary
        if new.metadata:
            row["metadata"] = dict(new.metadata)
        if new.upload is not None:
            row["upload"] = new.upload
        try:
            self._rows.create(dict(row), key=("user_id", "job_id"))
        except ConditionFailed:
            return

    def count_open(self, user_id: str) -> int:
        """How many of a user's jobs have not ended and been told, as of some moments ago."""
        return self._rows.count(
            index=OPEN_JOBS_OF_USER,
            key={"user_id": user_id},
            below={"open_shard": jobs.TOMBSTONES},
        )

    def expire(self, user_id: str, job_id: str) -> Job:
        """Record that a recording will not be uploaded.

        Returns:
            The row afterwards: EXPIRED, or as it is where its recording has arrived.

        Raises:
            JobMissing: the row is gone or deleted.
        """
        condition, values = _status_in(jobs.may_become("EXPIRED"))
        try:
            return self._rows.write(
                key_of(user_id, job_id),
                condition=condition,
                values=values,
                put={"status": "EXPIRED"},
                remove=("open_shard",),
            )
        except ConditionFailed as failed:
            job = job_in(failed)
        if job is None or job["status"] == "DELETED":
            raise JobMissing(job_id)
        return job

    def claim_attempt(
        self, user_id: str, job_id: str, *, attempt: int, execution_arn: str, source: Source
    ) -> Job:
        """Make an execution the job's current one, before it is started.

        Claiming the same attempt again succeeds until its execution has begun to work, and
        keeps the source of the first claim: one execution name has one input.

        Args:
            user_id, job_id: the job.
            attempt: 1 for the first execution; each later one follows its predecessor.
            execution_arn: of the execution that the caller is about to start.
            source: the recording.

        Returns:
            The row after the claim.

        Raises:
            JobMissing: there is no such row.
            Superseded: the job was deleted, is at work, or is at another attempt.
        """
        condition, values = _status_in(jobs.may_become("QUEUED"))
        try:
            return self._rows.write(
                key_of(user_id, job_id),
                condition=f"attribute_exists(#job_id) AND #attempt = :previous AND {condition}",
                values={**values, "previous": attempt - 1},
                put={
                    "status": "QUEUED",
                    "attempt": attempt,
                    "execution_arn": execution_arn,
                    "source": source,
                    "open_shard": jobs.open_shard(job_id),
                },
                remove=("error", "result", "chunk_count", "transcribing_since", "chunks_done"),
            )
        except ConditionFailed as failed:
            job = job_in(failed)
        if job is None:
            raise JobMissing(job_id)
        if jobs.owned_by(job, execution_arn)["status"] != "QUEUED":
            raise Superseded(f"attempt {attempt} has begun")
        return job

    def mark_processing(self, user_id: str, job_id: str, *, execution_arn: str) -> Job:
        """Record that an execution works on the job.

        Returns:
            The row afterwards.

        Raises:
            Superseded: the row is gone, deleted, completed, or another execution's.
        """
        return self._progress(
            key_of(user_id, job_id),
            execution_arn,
            allowed=jobs.may_become("PROCESSING"),
            # A redriven job had ended, and its owner was told: it is open again.
            put={"status": "PROCESSING", "open_shard": jobs.open_shard(job_id)},
            remove=("error",),
        )

    def record_chunk_count(
        self, user_id: str, job_id: str, *, execution_arn: str, chunk_count: int
    ) -> None:
        """Record in how many chunks the recording is transcribed, from this moment on.

        A preparation that runs again moves the moment: none of its chunks was sent before.

        Raises:
            Superseded: as `mark_processing`.
        """
        self._progress(
            key_of(user_id, job_id),
            execution_arn,
            allowed=("PROCESSING",),
            put={
                "chunk_count": chunk_count,
                "transcribing_since": jobs.timestamp(self._clock()),
            },
        )

    def fail(
        self, user_id: str, job_id: str, *, execution_arn: str, error_name: str, message: str
    ) -> Job:
        """Record that an execution failed.

        Args:
            user_id, job_id, execution_arn: the job, and the execution that failed.
            error_name: as the console shows it.
            message: for operators.

        Returns:
            The row afterwards: FAILED, or COMPLETED where this execution had stored its
            transcript before it ended badly.

        Raises:
            Superseded: the row is gone, deleted, or another execution's.
        """
        condition, values = _status_in(jobs.may_become("FAILED"))
        try:
            return self._rows.write(
                key_of(user_id, job_id),
                condition=OWNED + condition,
                values={**values, "execution_arn": execution_arn},
                put={"status": "FAILED", "error": {"name": error_name, "message": message}},
            )
        except ConditionFailed as failed:
            return jobs.owned_by(job_in(failed), execution_arn)

    def delete(self, user_id: str, job_id: str) -> Job:
        """Leave a tombstone that refuses every later write and holds nothing personal.

        Returns:
            The tombstone, which still names the job's last execution.

        Raises:
            JobMissing: there is no such row.
        """
        expires = self._clock() + timedelta(seconds=jobs.TOMBSTONE_SECONDS)
        try:
            return self._rows.write(
                key_of(user_id, job_id),
                condition="attribute_exists(#job_id)",
                values={},
                put={
                    "status": "DELETED",
                    "expires_at": int(expires.timestamp()),
                    # Until nothing of the job can be stored any more, the sweep looks for it.
                    "open_shard": jobs.TOMBSTONES,
                },
                remove=(
                    "email",
                    "file_name",
                    "vocabulary",
                    "metadata",
                    "upload",
                    "source",
                    "result",
                    "error",
                    "feedback",
                    "notification",
                ),
            )
        except ConditionFailed as failed:
            raise JobMissing(job_id) from failed

    def close_tombstone(self, user_id: str, job_id: str) -> None:
        """Record that nothing of a deleted job can come any more; one that is gone is closed."""
        try:
            self._rows.write(
                key_of(user_id, job_id),
                condition="#status = :deleted",
                values={"deleted": "DELETED"},
                put={},
                remove=("open_shard",),
            )
        except ConditionFailed:
            return

    def _progress(
        self,
        key: Key,
        execution_arn: str,
        *,
        allowed: tuple[Status, ...],
        put: Mapping[str, object],
        remove: Iterable[str] = (),
    ) -> Job:
        condition, values = _status_in(allowed)
        try:
            return self._rows.write(
                key,
                condition=OWNED + condition,
                values={**values, "execution_arn": execution_arn},
                put=put,
                remove=remove,
            )
        except ConditionFailed as failed:
            job = jobs.owned_by(job_in(failed), execution_arn)
            raise Superseded(f"the job is {job['status']}") from failed


def _status_in(allowed: tuple[Status, ...]) -> tuple[str, dict[str, object]]:
    """A condition on the row's status, and the values that it names."""
    values: dict[str, object] = {f"status_{name.lower()}": name for name in allowed}
    return f"#status IN ({', '.join(f':{name}' for name in values)})", values
