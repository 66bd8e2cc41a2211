"""The event about a job's end: who hears it, what it says, and that it is told until heard."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from scribe import keys, schemas
from scribe.adapters import aws
from scribe.adapters.event_bus import EventBus, EventRefused
from scribe.errors import MailRefused

from functions.notify.notifier import NothingToTell
from tests.unit.jobs_support import JOB, RESULT, USER, arn
from tests.unit.notify_support import (
    BUCKET,
    EVENT_SOURCE,
    LEASE_SECONDS,
    METADATA,
    Platform,
    execution_input,
    status_event,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Listener:
    """A queue of another team, with a rule of its own."""

    def __init__(self) -> None:
        self._sqs = aws.sqs()
        self._url = self._sqs.create_queue(QueueName="of-another-team")["QueueUrl"]
        bus = aws.events()
        bus.put_rule(Name="ended-jobs", EventPattern=json.dumps({"source": [EVENT_SOURCE]}))
        queue = "arn:aws:sqs:us-east-1:123456789012:of-another-team"
        bus.put_targets(Rule="ended-jobs", Targets=[{"Id": "queue", "Arn": queue}])

    def heard(self) -> list[dict[str, Any]]:
        """Take the events that have come."""
        found = []
        while messages := self._sqs.receive_message(QueueUrl=self._url).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found


@pytest.fixture
def platform() -> Iterator[Platform]:
    with mock_aws():
        yield Platform()


@pytest.fixture
def listener(platform: Platform) -> Listener:
    del platform  # AWS is there
    return Listener()


def tell(platform: Platform, execution: str, status: str) -> None:
    platform.notifier.tell(status_event(execution, status))


def test_a_completed_job_is_told_with_its_figures_and_where_its_transcript_lies(
    platform: Platform, listener: Listener
) -> None:
    execution = platform.start()
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    (event,) = listener.heard()
    assert (event["source"], event["detail-type"]) == (EVENT_SOURCE, "Job Completed")
    schemas.validate("job-event", event["detail"])
    assert event["detail"] == {
        "version": 1,
        "event_id": f"{JOB}-1-COMPLETED",
        "user_id": USER,
        "job_id": JOB,
        "attempt": 1,
        "outcome": "COMPLETED",
        "file_name": "Board meeting.mp3",
        "metadata": METADATA,
        "created_at": "2026-11-22T10:00:00.000Z",
        "ended_at": "2026-11-22T10:06:31.204Z",
        "result": RESULT,
        "transcript": {
            fmt: {"bucket": BUCKET, "key": keys.transcript(USER, JOB, fmt)}
            for fmt in keys.TRANSCRIPT_FORMATS
        },
        "error": None,
    }


def test_a_failed_job_is_told_by_its_errors_name_without_the_operators_text(
    platform: Platform, listener: Listener
) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "AudioUnreadable", "ffmpeg: audio.mp3: Invalid data")
    tell(platform, execution, "FAILED")
    (event,) = listener.heard()
    assert event["detail-type"] == "Job Failed"
    schemas.validate("job-event", event["detail"])
    assert event["detail"]["outcome"] == "FAILED"
    assert event["detail"]["error"] == {"name": "AudioUnreadable"}
    assert event["detail"]["result"] is None
    assert event["detail"]["transcript"] is None
    assert "Invalid data" not in json.dumps(event)


def test_nothing_in_an_event_is_of_the_recording_or_opens_a_door(
    platform: Platform, listener: Listener
) -> None:
    execution = platform.start()
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    (event,) = listener.heard()
    text = json.dumps(event, ensure_ascii=False)
    assert "¿Empezamos?" not in text
    assert "ana@example.com" not in text
    assert "http" not in text
    assert "execution" not in text


def test_a_success_ended_when_the_event_of_aws_says(platform: Platform, listener: Listener) -> None:
    execution = platform.start()
    platform.succeed(execution)
    told = {"input": json.dumps(execution_input()), "stopDate": 1_795_341_992_000}
    platform.notifier.tell(status_event(execution, "SUCCEEDED", **told))
    (event,) = listener.heard()
    assert event["detail"]["ended_at"] == "2026-11-22T10:06:32.000Z"


def test_a_job_whose_owner_has_no_address_is_told_all_the_same(
    platform: Platform, listener: Listener
) -> None:
    execution = platform.start(email=None)
    platform.succeed(execution)
    tell(platform, execution, "SUCCEEDED")
    assert platform.mails() == []
    assert [event["detail"]["job_id"] for event in listener.heard()] == [JOB]


def test_an_outcome_is_told_once_however_often_aws_tells_it(
    platform: Platform, listener: Listener
) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "WorkerLost")
    tell(platform, execution, "FAILED")
    with pytest.raises(NothingToTell):
        tell(platform, execution, "FAILED")
    assert len(listener.heard()) == 1


def test_a_failure_and_the_success_of_a_replay_are_two_events(
    platform: Platform, listener: Listener
) -> None:
    first = platform.start()
    platform.end(first, "FAILED", "WorkerLost")
    tell(platform, first, "FAILED")
    second = platform.start(attempt=2)
    platform.succeed(second)
    tell(platform, second, "SUCCEEDED")
    assert [event["detail"]["event_id"] for event in listener.heard()] == [
        f"{JOB}-1-FAILED",
        f"{JOB}-2-COMPLETED",
    ]


def test_a_deleted_job_is_not_told(platform: Platform, listener: Listener) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "WorkerLost")
    platform.jobs.delete(USER, JOB)
    with pytest.raises(Exception, match="deleted"):
        tell(platform, execution, "FAILED")
    assert listener.heard() == []


def test_while_mails_are_refused_the_event_is_told_once(
    platform: Platform, listener: Listener
) -> None:
    execution = platform.start()
    platform.succeed(execution)
    platform.refuse_sender()
    for _ in range(3):
        with pytest.raises(MailRefused):
            tell(platform, execution, "SUCCEEDED")
        platform.clock.advance(LEASE_SECONDS + 1)
    platform.verify_sender()
    tell(platform, execution, "SUCCEEDED")
    assert len(listener.heard()) == 1
    assert len(platform.mails()) == 1


@pytest.fixture
def refusing() -> Iterator[tuple[EventBus, Stubber]]:
    client = boto3.Session().client("events")  # its own: the platform's goes on taking events
    with Stubber(client) as stubber:
        yield EventBus(client, source=EVENT_SOURCE), stubber


def test_an_entry_that_the_bus_did_not_take_is_an_error_by_its_code(
    refusing: tuple[EventBus, Stubber],
) -> None:
    bus, stubber = refusing
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    stubber.add_response("put_events", {"FailedEntryCount": 1, "Entries": [entry]})
    with pytest.raises(EventRefused, match=r"^ThrottlingException$"):
        bus.put("Job Failed", {"job_id": JOB})


def test_a_refused_call_is_an_error_by_its_code(refusing: tuple[EventBus, Stubber]) -> None:
    bus, stubber = refusing
    stubber.add_client_error("put_events", "AccessDeniedException", "user is not authorized")
    with pytest.raises(EventRefused, match=r"^AccessDeniedException$"):
        bus.put("Job Failed", {"job_id": JOB})


def test_an_event_that_the_bus_refused_is_told_when_the_message_comes_again(
    platform: Platform, listener: Listener, refusing: tuple[EventBus, Stubber]
) -> None:
    bus, stubber = refusing
    execution = platform.start()
    platform.succeed(execution)
    stubber.add_response(
        "put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    )
    with pytest.raises(EventRefused):
        replace(platform.notifier, events=bus).tell(status_event(arn(), "SUCCEEDED"))
    assert platform.mails() == []
    platform.clock.advance(LEASE_SECONDS + 1)
    tell(platform, execution, "SUCCEEDED")
    assert len(listener.heard()) == 1
    assert len(platform.mails()) == 1
