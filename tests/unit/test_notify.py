"""notify: one mail for each outcome that is true; moto is DynamoDB, S3, Step Functions and SES."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from scribe import keys
from scribe.adapters import aws
from scribe.errors import MailRefused, Superseded
from scribe.jobs import NotificationBusy
from scribe.storage import ObjectMissing

from functions.notify import handler as function
from functions.notify.notifier import NothingToTell
from tests.unit.edge_support import ADDRESS, DAY, SIGNING_KEY
from tests.unit.jobs_support import JOB, MACHINE, TABLE, USER, arn, complete
from tests.unit.lambda_support import Context, batch, kept
from tests.unit.notify_support import (
    BUCKET,
    DEFAULT_RECIPIENT,
    EVENT_SOURCE,
    LEASE_SECONDS,
    SENDER,
    Platform,
    execution_input,
    status_event,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.jobs import Job


@pytest.fixture
def platform() -> Iterator[Platform]:
    with mock_aws():
        yield Platform()


def tell(platform: Platform, execution_arn: str, status: str) -> None:
    platform.notifier.tell(status_event(execution_arn, status))


def subjects(platform: Platform) -> list[str]:
    return [mail.subject.split(":")[0] for mail in platform.mails()]


def row(platform: Platform) -> Job:
    job = platform.jobs.get(USER, JOB)
    assert job is not None
    return job


READY = "Your transcript is ready"
NOW_READY = "Your transcript is now ready"
FAILED = "Your recording could not be transcribed"


def test_a_success_is_told_to_the_owner_with_a_preview(platform: Platform) -> None:
    execution = platform.start()
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    (mail,) = platform.mails()
    assert mail.destinations["ToAddresses"] == ["ana@example.com"]
    assert mail.source == SENDER
    assert "¿Empezamos? Sí." in mail.body
    assert row(platform)["notification"]["message_id"] == mail.id


def test_a_recording_from_the_inbox_is_told_to_the_deployer(platform: Platform) -> None:
    execution = platform.start(email=None, user_id=keys.INBOX)
    platform.end(execution, "FAILED", "AudioUnreadable")
    tell(platform, execution, "FAILED")
    assert platform.mails()[0].destinations["ToAddresses"] == [DEFAULT_RECIPIENT]


def test_an_owner_without_an_address_gets_no_mail_and_nobody_else_does(platform: Platform) -> None:
    execution = platform.start(email=None)
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    assert platform.mails() == []
    told = row(platform)
    assert (told["notification"]["state"], told["notification"]["message_id"]) == ("SENT", None)
    assert "open_shard" not in told


@pytest.mark.parametrize(
    ("status", "error", "recorded"),
    [
        ("FAILED", "AudioUnreadable", "AudioUnreadable"),
        ("FAILED", "States.TaskFailed", "States.TaskFailed"),
        ("FAILED", None, "Unknown"),
        ("TIMED_OUT", None, "TimedOut"),
        ("TIMED_OUT", "States.Timeout", "TimedOut"),
        ("ABORTED", "by hand", "Aborted"),
    ],
)
def test_a_failure_is_recorded_by_its_name_and_told(
    status: str, error: str | None, recorded: str, platform: Platform
) -> None:
    execution = platform.start()
    platform.end(execution, status, error)
    tell(platform, execution, status)
    job = row(platform)
    assert (job["status"], job["error"]["name"]) == ("FAILED", recorded)
    assert subjects(platform) == [FAILED]


@pytest.mark.parametrize(
    ("cause", "recorded"),
    [
        ("heard fr with probability 0.97", "heard fr with probability 0.97"),
        (
            '{"errorMessage": "the file has no bytes", "stackTrace": ["File …"]}',
            "the file has no bytes",
        ),
        ('{"reason": "a document of another kind"}', '{"reason": "a document of another kind"}'),
    ],
    ids=["a worker's", "a function's", "another"],
)
def test_operators_read_the_cause_without_its_stack_trace(
    cause: str, recorded: str, platform: Platform
) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "AudioEmpty", cause)
    tell(platform, execution, "FAILED")
    assert row(platform)["error"]["message"] == recorded


def test_an_event_that_comes_twice_is_one_mail(platform: Platform) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "WorkerLost")
    tell(platform, execution, "FAILED")
    with pytest.raises(NothingToTell):
        tell(platform, execution, "FAILED")
    assert subjects(platform) == [FAILED]


def test_a_redrive_that_succeeds_is_told_as_ready_now(platform: Platform) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "WorkerLost")
    tell(platform, execution, "FAILED")
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    assert subjects(platform) == [FAILED, NOW_READY]


def test_a_failure_that_was_redriven_before_its_event_came_is_not_told(platform: Platform) -> None:
    execution = platform.start()
    platform.end(execution, "RUNNING")
    with pytest.raises(NothingToTell):
        tell(platform, execution, "FAILED")
    assert row(platform)["status"] == "PROCESSING"
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    assert subjects(platform) == [READY]


def test_a_failure_event_after_the_success_tells_the_success(platform: Platform) -> None:
    execution = platform.start()
    platform.succeed(execution)
    tell(platform, execution, "FAILED")
    with pytest.raises(NothingToTell):
        tell(platform, execution, "SUCCEEDED")
    assert row(platform)["status"] == "COMPLETED"
    assert subjects(platform) == [READY]


def test_an_execution_aborted_after_its_transcript_was_stored_is_a_success(
    platform: Platform,
) -> None:
    execution = platform.start()
    platform.store_transcript()
    assert complete(aws.dynamodb(), execution)
    platform.end(execution, "ABORTED")
    tell(platform, execution, "ABORTED")
    assert subjects(platform) == [READY]


def test_a_deleted_job_is_told_to_nobody(platform: Platform) -> None:
    execution = platform.start()
    platform.jobs.delete(USER, JOB)
    platform.end(execution, "FAILED", "WorkerLost")
    with pytest.raises(Superseded):
        tell(platform, execution, "FAILED")
    assert platform.mails() == []
    assert row(platform)["status"] == "DELETED"


def test_a_superseded_execution_tells_nobody(platform: Platform) -> None:
    first = platform.start()
    platform.end(first, "FAILED", "WorkerLost")
    tell(platform, first, "FAILED")
    second = platform.start(attempt=2)
    platform.end(first, "FAILED", "Superseded")
    with pytest.raises(Superseded):
        tell(platform, first, "FAILED")
    platform.succeed(second)
    tell(platform, second, "SUCCEEDED")
    assert subjects(platform) == [FAILED, NOW_READY]


def test_a_mail_that_ses_refuses_is_sent_when_the_message_comes_again(platform: Platform) -> None:
    execution = platform.start()
    platform.succeed(execution)
    platform.refuse_sender()
    with pytest.raises(MailRefused):
        tell(platform, execution, "SUCCEEDED")
    platform.verify_sender()
    with pytest.raises(NotificationBusy):
        tell(platform, execution, "SUCCEEDED")
    platform.clock.advance(LEASE_SECONDS + 1)
    tell(platform, execution, "SUCCEEDED")
    assert subjects(platform) == [READY]


def test_a_transcript_that_is_missing_is_not_told_as_ready(platform: Platform) -> None:
    execution = platform.start()
    platform.succeed(execution)
    aws.s3().delete_object(Bucket=BUCKET, Key=f"{USER}/{JOB}/transcript.txt")
    with pytest.raises(ObjectMissing):
        tell(platform, execution, "SUCCEEDED")
    assert platform.mails() == []


def test_nothing_is_asked_of_step_functions_where_the_event_tells_it(platform: Platform) -> None:
    execution = platform.start()
    platform.succeed(execution)
    aws.step_functions().delete_state_machine(stateMachineArn=MACHINE)
    event = status_event(execution, "SUCCEEDED", input=json.dumps(execution_input()), stopDate=1)
    platform.notifier.tell(event)
    assert subjects(platform) == [READY]


@pytest.mark.parametrize("job", ["of the execution", "of another"])
def test_a_success_that_somebody_made_up_is_told_to_nobody(platform: Platform, job: str) -> None:
    execution = platform.start()
    if job == "of another":
        platform.succeed(execution)
        execution = arn(job_id="01JD7Z0A3WQ5M8R1T6YB9KCEFG")
    event = status_event(execution, "SUCCEEDED", input=json.dumps(execution_input()), stopDate=1)
    with pytest.raises(Superseded):
        platform.notifier.tell(event)
    assert platform.mails() == []


@pytest.fixture
def deployed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """The function with its own composition root, on the same platform."""
    monkeypatch.setenv("JOBS_TABLE", TABLE)
    monkeypatch.setenv("TRANSCRIPTS_BUCKET", BUCKET)
    monkeypatch.setenv("SENDER_ADDRESS", SENDER)
    monkeypatch.setenv("DEFAULT_RECIPIENT", DEFAULT_RECIPIENT)
    monkeypatch.setenv("EMAIL_CONFIGURATION_SET", "dev")
    monkeypatch.setenv("EVENT_SOURCE", EVENT_SOURCE)
    monkeypatch.setenv("EDGE_ADDRESS", ADDRESS)
    monkeypatch.setenv("EDGE_SIGNING_KEY", SIGNING_KEY)
    monkeypatch.setenv("LINK_LIFETIME_SECONDS", str(DAY))
    monkeypatch.setenv("LEASE_SECONDS", str(LEASE_SECONDS))
    function._notifier.cache_clear()
    yield platform
    function._notifier.cache_clear()


def test_in_a_batch_only_what_must_be_tried_again_is_kept(deployed: Platform) -> None:
    execution = deployed.start()
    deployed.succeed(execution)
    stranger = arn(job_id="tried-by-hand")
    event = batch(
        status_event(execution, "SUCCEEDED"),
        status_event(execution, "SUCCEEDED"),
        status_event(stranger, "FAILED"),
        {"detail-type": "Something else"},
        "no JSON",
    )
    assert kept(function.handler(event, Context())) == ["message-3", "message-4"]
    assert subjects(deployed) == [READY]


def test_a_refused_mail_keeps_its_message(deployed: Platform) -> None:
    execution = deployed.start()
    deployed.succeed(execution)
    deployed.refuse_sender()
    event = batch(status_event(execution, "SUCCEEDED"))
    assert kept(function.handler(event, Context())) == ["message-0"]
