"""`npm run replay` on a stack in moto: which jobs it runs again, and which it leaves alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.stepfunctions.models import stepfunctions_backends
from scribe import executions, ulid
from scribe.adapters.attempts import Attempts
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.workflow import Workflow
from scribe.jobs import NewJob

from commands.replay import __main__ as command
from commands.replay.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_stepfunctions import SFNClient
    from scribe.jobs import Job

USER = "user_2abc"
REGION = "us-east-1"

_KEYS = ("user_id", "job_id")
TEMPLATE = {
    "Resources": {
        "JobsTable": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in _KEYS
                ],
                "KeySchema": [
                    {"AttributeName": name, "KeyType": kind}
                    for name, kind in zip(_KEYS, ("HASH", "RANGE"), strict=True)
                ],
            },
        },
        "TranscriptionStateMachine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "transcription-dev-transcription",
                "DefinitionString": '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
                "RoleArn": "arn:aws:iam::123456789012:role/workflow",
            },
        },
        **{
            f"{name}{kind}": {"Type": "AWS::SQS::Queue"}
            for name in ("Uploads", "Notifications")
            for kind in ("Queue", "DeadLetterQueue")
        },
    }
}


@dataclass
class Stage:
    """A deployed stage, and the jobs that the test makes there."""

    jobs: JobsTable
    attempts: Attempts
    step_functions: SFNClient
    resources: Stack
    count: int = 0

    def queued(self) -> str:
        """A job whose first execution runs."""
        self.count += 1
        job_id = ulid.create(1_795_000_000_000 + self.count, bytes(10))
        self.jobs.create(NewJob(USER, job_id, "talk.mp3", "auto", "en", None))
        self.attempts.first(
            USER,
            job_id,
            {"bucket": "audio", "key": "k", "size_bytes": 1, "etag": "0", "version_id": None},
        )
        return job_id

    def failed(self, error: str = "WorkerLost", *, ago: timedelta = timedelta(0)) -> str:
        """A job whose first execution failed, which its row knows."""
        job_id = self.queued()
        arn = self.arn(job_id)
        self.end(arn, "FAILED", ago)
        self.jobs.mark_processing(USER, job_id, execution_arn=arn)
        self.jobs.fail(USER, job_id, execution_arn=arn, error_name=error, message="broken")
        return job_id

    def arn(self, job_id: str, attempt: int = 1) -> str:
        name = executions.name_of(job_id, attempt)
        return executions.arn_of(self.attempts.state_machine_arn, name)

    def end(self, execution_arn: str, status: str, ago: timedelta = timedelta(0)) -> None:
        backend = stepfunctions_backends["123456789012"][REGION]
        execution: Any = backend.describe_execution(execution_arn)
        execution.stop(stop_date=datetime.now(UTC) - ago, error=None, cause=None)
        execution.stop_date = datetime.now(UTC) - ago
        execution.status = status

    def row(self, job_id: str) -> Job:
        job = self.jobs.get(USER, job_id)
        assert job is not None
        return job

    def names(self, job_id: str) -> list[str]:
        machine = self.attempts.state_machine_arn
        listed = self.step_functions.list_executions(stateMachineArn=machine)["executions"]
        return sorted(e["name"] for e in listed if e["name"].startswith(job_id))

    def send(self, queue: str, *bodies: str) -> None:
        url = self.resources.resource(queue)
        for body in bodies:
            boto3.client("sqs").send_message(QueueUrl=url, MessageBody=body)

    def bodies(self, queue: str) -> list[str]:
        url = self.resources.resource(queue)
        answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", ())]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        boto3.setup_default_session(region_name=REGION)
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(
            StackName="transcription-dev", TemplateBody=json.dumps(TEMPLATE)
        )
        resources = Stack(cloudformation, "transcription-dev")
        client = boto3.client("stepfunctions")
        jobs = JobsTable(boto3.client("dynamodb"), resources.resource("JobsTable"))
        machine = resources.resource("TranscriptionStateMachine")
        yield Stage(jobs, Attempts(jobs, Workflow(client), machine), client, resources)
    boto3.DEFAULT_SESSION = None


def replay(*arguments: str) -> int:
    return command.main(["--stage", "dev", *arguments])


def test_one_job_is_run_again_by_its_id_alone(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id, other = stage.failed(), stage.failed()
    assert replay("--job", job_id) == 0
    assert stage.names(job_id) == [job_id, f"{job_id}-2"]
    assert stage.names(other) == [other]
    assert stage.row(job_id)["status"] == "QUEUED"
    assert "attempt 2 is started" in capsys.readouterr().out


def test_asked_for_twice_a_job_is_run_again_once(stage: Stage) -> None:
    job_id = stage.failed()
    assert replay("--job", job_id) == 0
    assert replay("--job", job_id) == 0  # it waits to be run: the start is made sure of
    assert replay("--since", "1h") == 0
    assert stage.names(job_id) == [job_id, f"{job_id}-2"]


def test_a_job_that_was_redriven_is_left_alone(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = stage.failed()
    stage.end(stage.arn(job_id), "RUNNING")
    assert replay("--job", job_id) == 1
    assert stage.names(job_id) == [job_id]
    assert "the last execution is RUNNING" in capsys.readouterr().out


def test_those_of_a_time_are_run_again_and_those_before_are_not(stage: Stage) -> None:
    late, early = stage.failed(), stage.failed(ago=timedelta(hours=25))
    assert replay("--since", "24h") == 0
    assert (len(stage.names(late)), len(stage.names(early))) == (2, 1)
    assert replay("--since", "2d") == 0
    assert (len(stage.names(late)), len(stage.names(early))) == (2, 2)


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_every_bad_end_is_found(stage: Stage, status: str) -> None:
    job_id = stage.failed()
    stage.end(stage.arn(job_id), status)
    assert replay("--since", "1h") == 0
    assert len(stage.names(job_id)) == 2


def test_a_job_is_found_once_and_judged_by_its_last_attempt(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = stage.failed()
    stage.attempts.another(stage.row(job_id))
    second = stage.arn(job_id, 2)
    stage.end(second, "ABORTED")
    stage.jobs.fail(USER, job_id, execution_arn=second, error_name="Aborted", message="")
    assert replay("--since", "1h") == 0
    assert stage.names(job_id) == [job_id, f"{job_id}-2", f"{job_id}-3"]
    assert capsys.readouterr().out.count(job_id) == 1


def test_those_that_failed_by_one_error_are_run_again(stage: Stage) -> None:
    lost, full = stage.failed("WorkerLost"), stage.failed("OutOfMemory")
    assert replay("--error", "OutOfMemory") == 0
    assert (len(stage.names(lost)), len(stage.names(full))) == (1, 2)


def test_a_permanent_failure_is_run_again_only_where_it_is_named(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id, other = stage.failed("AudioTooLong"), stage.failed("AudioTooLong")
    assert replay("--since", "1h") == 0
    assert "would fail by AudioTooLong again" in capsys.readouterr().out
    assert len(stage.names(job_id)) == 1
    assert replay("--job", job_id) == 0
    assert (len(stage.names(job_id)), len(stage.names(other))) == (2, 1)
    assert replay("--error", "AudioTooLong", "--since", "1h") == 0
    assert len(stage.names(other)) == 2


def test_a_dry_run_tells_and_does_nothing(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = stage.failed()
    before = stage.row(job_id)
    assert replay("--since", "1h", "--dry-run") == 0
    assert "would be run again" in capsys.readouterr().out
    assert (stage.row(job_id), stage.names(job_id)) == (before, [job_id])


def test_a_deleted_job_stays_deleted(stage: Stage) -> None:
    job_id = stage.failed()
    stage.jobs.delete(USER, job_id)
    assert replay("--since", "1h") == 0
    assert replay("--job", job_id) == 1
    assert stage.names(job_id) == [job_id]


def test_a_job_that_nobody_knows_is_not_run(stage: Stage) -> None:
    del stage
    assert replay("--job", "01JD8Y0000000000000000000Z") == 1


def test_a_stage_that_is_not_deployed_is_named(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    del stage
    assert command.main(["--stage", "prod", "--since", "1h"]) == 1
    assert "transcription-prod" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--dry-run"],
        ["--since", "yesterday"],
        ["--since", "0h"],
        ["--job", "1234"],
        ["--job", "01JD8Y0000000000000000000Z", "--since", "1h"],
        ["--dead-letters", "chunks"],
        ["--dead-letters", "uploads", "--since", "1h"],
    ],
    ids=" ".join,
)
def test_a_wish_that_is_none_or_two_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        replay(*arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("queue", "prefix"), [("uploads", "Uploads"), ("notifications", "Notifications")]
)
def test_dead_letters_go_back_to_the_queue_that_gave_them_up(
    stage: Stage, queue: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = [f'{{"message": {number}}}' for number in range(12)]
    stage.send(f"{prefix}DeadLetterQueue", *sent)
    assert replay("--dead-letters", queue, "--dry-run") == 0
    assert stage.bodies(f"{prefix}Queue") == []
    assert replay("--dead-letters", queue) == 0
    assert "12 of 12 are moved" in capsys.readouterr().out
    found = stage.bodies(f"{prefix}Queue") + stage.bodies(f"{prefix}Queue")
    assert sorted(found) == sorted(sent)
    assert stage.bodies(f"{prefix}DeadLetterQueue") == []
