"""One deployed state machine, and the executions that follow scripts on it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scribe import executions, ulid
from scribe.adapters.jobs_table import JobsTable
from scribe.jobs import NewJob

from tests.local import machines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.jobs import Job
    from scribe.shapes import ExecutionInput, Source

    from local.aws import LocalAws
    from tests.workflow.script import Script

USER: Final = "user_2nXb4kQ"
FILE_NAME: Final = 'Ada "the first" – ñ, \\ 1.mp3'
MOMENT: Final = 1_795_000_000_000
SOURCE: Final[Source] = {
    "bucket": "audio",
    "key": "inbox/talk.mp3",
    "size_bytes": 5_123_456,
    "etag": "9f86d081884c7d65",
    "version_id": None,
}


@dataclass(frozen=True)
class Execution:
    """One execution, claimed by its job's row and perhaps started.

    Attributes:
        aws: where it runs.
        arn: its own.
        given: its input.
        script: what its parts answer, and were asked.
    """

    aws: LocalAws
    arn: str
    given: ExecutionInput
    script: Script

    @property
    def job(self) -> tuple[str, str]:
        """The user's and the job's id."""
        return self.given["user_id"], self.given["job_id"]

    def ended(self) -> dict[str, Any]:
        """Wait for its end and describe it."""
        return machines.ended(self.aws, self.arn)

    def succeeded(self) -> None:
        """Wait for its end, which must be good."""
        description = self.ended()
        assert description["status"] == "SUCCEEDED", description

    def failure(self) -> tuple[str | None, str | None]:
        """Wait for its end, which must be bad, and return its error and its cause."""
        description = self.ended()
        assert description["status"] == "FAILED", description
        return description.get("error"), description.get("cause")

    def waits(self) -> list[float]:
        """Return the seconds that AWS would have waited before each retry."""
        return machines.intervals(self.aws, self.arn)

    def states(self) -> list[str]:
        """Name the states that were entered, in their order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in machines.history(self.aws, self.arn)
            if "stateEnteredEventDetails" in event
        ]

    def errors(self) -> set[str]:
        """Name the errors of all attempts."""
        return {
            details["error"]
            for event in machines.history(self.aws, self.arn)
            for details in event.values()
            if isinstance(details, dict) and "error" in details
        }


class Workflow:
    """A stage's state machine on the local AWS.

    Args:
        aws: where it is deployed.
        outputs: the physical ids of its resources, by their logical ids.
        scripts: of all executions, by job id.
    """

    def __init__(
        self, aws: LocalAws, outputs: Mapping[str, str], scripts: dict[str, Script]
    ) -> None:
        self.aws = aws
        self.outputs = outputs
        self.machine = outputs["TranscriptionStateMachine"]
        self.table = outputs["JobsTable"]
        self.jobs = JobsTable(aws.client("dynamodb"), self.table)
        self._scripts = scripts

    def claim(self, script: Script, machine: str | None = None) -> Execution:
        """Make the row of a job whose current execution has this script, but do not start it."""
        job_id = ulid.create(MOMENT, secrets.token_bytes(10))
        given: ExecutionInput = {
            "version": 1,
            "user_id": USER,
            "job_id": job_id,
            "attempt": 1,
            "source": SOURCE,
            "file_name": FILE_NAME,
            "language": script.language,
            "vocabulary": script.vocabulary,
        }
        if script.metadata is not None:
            given["metadata"] = script.metadata
        arn = executions.arn_of(machine or self.machine, executions.name_of(job_id, 1))
        self.jobs.create(
            NewJob(USER, job_id, FILE_NAME, script.language, "en", None, script.vocabulary)
        )
        self.jobs.claim_attempt(USER, job_id, attempt=1, execution_arn=arn, source=SOURCE)
        self.jobs.mark_processing(USER, job_id, execution_arn=arn)
        script.work_bucket = self.outputs["WorkBucket"]
        self._scripts[job_id] = script
        return Execution(self.aws, arn, given, script)

    def start(self, script: Script, machine: str | None = None) -> Execution:
        """Start an execution with this script."""
        execution = self.claim(script, machine)
        self.run(execution, machine)
        return execution

    def run(self, execution: Execution, machine: str | None = None) -> None:
        """Start an execution that was claimed."""
        name = execution.arn.rpartition(":")[2]
        machines.start(self.aws, machine or self.machine, execution.given, name=name)

    def row(self, execution: Execution) -> Job:
        """Read the job's row."""
        job = self.jobs.get(*execution.job)
        assert job is not None
        return job
