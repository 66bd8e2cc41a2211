"""Names and ARNs of executions: one name for each attempt at a job, so that none starts twice."""

from __future__ import annotations

import re
from typing import Final

from scribe import ulid

_NAME: Final = re.compile(rf"(?P<job_id>{ulid.PATTERN})(?:-(?P<attempt>[2-9]|[1-9][0-9]+))?")


class WorkflowUnavailable(Exception):
    """Step Functions refused or did not answer after the client's own retries."""


class ExecutionMissing(Exception):
    """There is no such execution: never started, or ended more than 90 days ago."""


def name_of(job_id: str, attempt: int) -> str:
    """The execution's name: the job's id, and from the second attempt on its number."""
    return job_id if attempt == 1 else f"{job_id}-{attempt}"


def arn_of(state_machine_arn: str, name: str) -> str:
    """The ARN that an execution has, or will have once it is started.

    Args:
        state_machine_arn: of the state machine, or of a version or an alias of it.
        name: the execution's name.
    """
    _, partition, _, region, account, _, machine, *_ = state_machine_arn.split(":")
    return f"arn:{partition}:states:{region}:{account}:execution:{machine}:{name}"


def job_of(execution_arn: str) -> tuple[str, int] | None:
    """The job's id and the attempt that an execution is; None for an execution of no job."""
    match = _NAME.fullmatch(execution_arn.rsplit(":", 1)[1])
    return (match["job_id"], int(match["attempt"] or 1)) if match else None
