"""Finds the jobs that failed: by their executions, whose names and inputs say whose they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from scribe import executions
from scribe.executions import ExecutionMissing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType
    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.workflow import Workflow
    from scribe.jobs import Job

LOOKED_BACK: Final = timedelta(days=15)
"""An execution that ended just now began at most so long ago: it runs for a day, and can be
redriven for 14."""

_ENDED_BADLY: Final[tuple[ExecutionStatusType, ...]] = ("FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class Failures:
    """The failed jobs of one state machine.

    Attributes:
        client: Step Functions'.
        workflow: the same, as the functions use it.
        jobs: the jobs' rows.
        state_machine_arn: the state machine.
    """

    client: SFNClient
    workflow: Workflow
    jobs: JobsTable
    state_machine_arn: str

    def job(self, job_id: str) -> Job | None:
        """The row of one job, whoever owns it; None where there is none.

        Raises:
            WorkflowUnavailable: Step Functions does not answer.
            StorageUnavailable: DynamoDB does not answer.
        """
        return self._row(executions.arn_of(self.state_machine_arn, executions.name_of(job_id, 1)))

    def since(self, moment: datetime) -> Iterator[Job]:
        """The rows of the jobs of which an execution ended badly after a moment, each once.

        Raises:
            ClientError, WorkflowUnavailable: Step Functions does not answer.
            StorageUnavailable: DynamoDB does not answer.
        """
        seen: set[str] = set()
        for execution in self._ended_badly(moment):
            named = executions.job_of(execution["executionArn"])
            if named is None or named[0] in seen:
                continue
            seen.add(named[0])
            row = self._row(execution["executionArn"])
            if row is not None:
                yield row

    def _ended_badly(self, moment: datetime) -> Iterator[ExecutionListItemTypeDef]:
        for status in _ENDED_BADLY:
            pages = self.client.get_paginator("list_executions").paginate(
                stateMachineArn=self.state_machine_arn, statusFilter=status
            )
            # Those that began last come first.
            for execution in (execution for page in pages for execution in page["executions"]):
                if execution["startDate"] < moment - LOOKED_BACK:
                    break
                if execution.get("stopDate", moment) >= moment:
                    yield execution

    def _row(self, execution_arn: str) -> Job | None:
        try:
            document = json.loads(self.workflow.describe(execution_arn).input)
        except ExecutionMissing:
            return None
        return self.jobs.get(document["user_id"], document["job_id"])
