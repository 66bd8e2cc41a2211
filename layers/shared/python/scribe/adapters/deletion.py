"""Deletes a job and everything that is kept of it, in an order that any step may break off."""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scribe import keys

if TYPE_CHECKING:
    from scribe.adapters.edge_cache import EdgeCache
    from scribe.adapters.job_data import JobData
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.workflow import Workflow
    from scribe.jobs import Job

STOPPED_BY: Final = "Deleted"
"""The error name that the console shows of an execution whose job was deleted."""


@dataclass(frozen=True)
class Deletion:
    """Deletes jobs.

    Attributes:
        jobs: where a tombstone is left.
        workflow: what stops their executions.
        data: what S3 holds of them.
        edge: what is kept of that at the edge.
    """

    jobs: JobsTable
    workflow: Workflow
    data: JobData
    edge: EdgeCache

    def delete(self, job: Job) -> dict[str, Any]:
        """Delete a job, or finish what an earlier call broke off.

        Args:
            job: the row, which may be a tombstone.

        Returns:
            What was deleted by this call, as the schema `api-deletion` describes it.

        Raises:
            JobMissing: the row is gone.
            StorageUnavailable: DynamoDB, S3 or CloudFront refuses or does not answer.
            WorkflowUnavailable: Step Functions does not.
        """
        user_id, job_id = job["user_id"], job["job_id"]
        # First the row: whatever still works on the job is refused from here on.
        tombstone = job if job["status"] == "DELETED" else self.jobs.delete(user_id, job_id)
        execution_arn = tombstone.get("execution_arn")
        stopped = execution_arn is not None and self.workflow.stop(
            execution_arn, error=STOPPED_BY, cause="The job's owner deleted it."
        )
        # Before the objects: an upload that is gone cannot be completed into another.
        aborted = self.data.abort_uploads(user_id, job_id)
        deleted = self.data.delete(user_id, job_id)
        if execution_arn is not None:
            # After the objects, or the edge could fetch them once more.
            self.edge.forget(keys.job_prefix(user_id, job_id), reference=f"delete-{job_id}")
        return {
            "job_id": job_id,
            "deleted": {kind: dataclasses.asdict(amount) for kind, amount in deleted.items()},
            "uploads_aborted": aborted,
            "execution_stopped": stopped,
            "edge_invalidated": execution_arn is not None,
        }

    def finish(self, tombstone: Job) -> bool:
        """Delete what came after a deletion, or what was left where it broke off.

        Returns:
            Whether there was anything.

        Raises:
            StorageUnavailable, WorkflowUnavailable: as `delete`.
        """
        done = self.delete(tombstone)
        found = (
            done["execution_stopped"]
            or done["uploads_aborted"] > 0
            or any(amount["versions"] > 0 for amount in done["deleted"].values())
        )
        if found and done["edge_invalidated"]:
            # Under a name of its own: the edge may have fetched what came late.
            self.edge.forget(
                keys.job_prefix(tombstone["user_id"], tombstone["job_id"]),
                reference=f"late-{tombstone['job_id']}-{secrets.token_hex(4)}",
            )
        return found
