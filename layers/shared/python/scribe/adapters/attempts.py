"""Attempts at a job: each claimed in the job's row, then started as an execution of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe import executions, schemas
from scribe.executions import ExecutionMissing
from scribe.jobs import AttemptRefused

if TYPE_CHECKING:
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.workflow import Workflow
    from scribe.jobs import Job
    from scribe.shapes import ExecutionInput, Source

_ENDED_BADLY: Final = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True)
class Attempts:
    """Begins attempts; never two for one number, and none while the one before still runs.

    The claim comes before the start: PrepareAudio, at once, asks whether its execution is the
    job's current one. Name and input of an execution follow from the claimed row alone, so that
    a start that broke off between the two is made up for by the same call.

    Attributes:
        jobs: where an attempt is claimed.
        workflow: what starts it.
        state_machine_arn: the state machine.

    Raises:
        StorageUnavailable: from every method, when DynamoDB refuses or does not answer.
        WorkflowUnavailable: from every method, when Step Functions does not do its part.
    """

    jobs: JobsTable
    workflow: Workflow
    state_machine_arn: str

    def first(self, user_id: str, job_id: str, source: Source) -> Job:
        """Begin the first attempt, of a recording that has arrived.

        Returns:
            The row after the claim.

        Raises:
            JobMissing: there is no such row.
            Superseded: the job was deleted, or its first attempt has begun already.
        """
        return self._begin(user_id, job_id, 1, source)

    def another(self, job: Job) -> Job:
        """Begin the attempt after one that failed, or start the one that is claimed already.

        What earlier attempts stored is kept: a chunk that has its result is not done again.

        Args:
            job: the row as it was read.

        Returns:
            The row after the claim.

        Raises:
            AttemptRefused: the job has not failed, or its last execution goes on: redriven.
            JobMissing: the row is gone.
            Superseded: the job changed after it was read.
        """
        if job["status"] == "QUEUED" and job["attempt"] > 1:
            return self.resume(job)
        if job["status"] != "FAILED":
            raise AttemptRefused(f"the job is {job['status']}")
        self._require_ended(job["execution_arn"])
        # A redrive from here on finds the row claimed, and ends as Superseded.
        return self._begin(job["user_id"], job["job_id"], job["attempt"] + 1, job["source"])

    def resume(self, job: Job) -> Job:
        """Start the attempt that is claimed; if it is started already, nothing happens.

        Args:
            job: the row as it was read, QUEUED.

        Returns:
            The row.

        Raises:
            JobMissing: the row is gone.
            Superseded: the job was deleted, or the attempt has begun to work.
        """
        return self._begin(job["user_id"], job["job_id"], job["attempt"], job["source"])

    def _require_ended(self, execution_arn: str) -> None:
        try:
            status = self.workflow.describe(execution_arn).status
        except ExecutionMissing:
            return  # Step Functions keeps an execution for 90 days after its end
        if status not in _ENDED_BADLY:
            raise AttemptRefused(f"the last execution is {status}")

    def _begin(self, user_id: str, job_id: str, attempt: int, source: Source) -> Job:
        name = executions.name_of(job_id, attempt)
        job = self.jobs.claim_attempt(
            user_id,
            job_id,
            attempt=attempt,
            execution_arn=executions.arn_of(self.state_machine_arn, name),
            source=source,
        )
        self.workflow.start(self.state_machine_arn, name=name, execution_input=_input(job))
        return job


def _input(job: Job) -> str:
    document: ExecutionInput = {
        "version": 1,
        "user_id": job["user_id"],
        "job_id": job["job_id"],
        "attempt": job["attempt"],
        "source": job["source"],
        "file_name": job["file_name"],
        "language": job["language"],
        "vocabulary": job.get("vocabulary", ""),
    }
    if "metadata" in job:
        document["metadata"] = job["metadata"]
    schemas.validate("execution-input", document)
    return json.dumps(document, ensure_ascii=False, sort_keys=True)
