"""The sweep and open jobs: each lost event, and each call that broke off, is made up for once."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from scribe import schemas
from scribe.adapters import aws
from scribe.adapters.status_events import StatusEvents

from functions.notify.notifier import NothingToTell
from functions.start_transcription import handler as start_transcription
from tests.unit import notify_support
from tests.unit.jobs_support import MACHINE, USER, arn, create_state_machine
from tests.unit.lambda_support import Context, batch, kept
from tests.unit.sweep_support import AUDIO, DAY, HOUR, MINUTE, SOUND, Platform, platform

if TYPE_CHECKING:
    from collections.abc import Callable


ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")

__all__ = ["platform"]  # a fixture is found by its name

# Recordings whose event was lost.


def test_a_recording_whose_event_was_lost_is_transcribed_after_ten_minutes(
    platform: Platform,
) -> None:
    job_id = platform.uploaded()
    platform.clock.advance(9 * MINUTE)
    assert platform.sweep().looked_at == 0
    platform.clock.advance(MINUTE)
    assert platform.sweep().repairs == {"upload_started": 1}
    assert platform.row(job_id)["status"] == "QUEUED"
    assert platform.executions() == [job_id]


def test_it_is_begun_as_its_event_would_have_begun_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, heard = platform.uploaded(), platform.uploaded()
    platform.clock.advance(10 * MINUTE)
    for name in ("JOBS_TABLE", "STATE_MACHINE_ARN", "DEFAULT_LANGUAGE", "DEFAULT_UI_LANGUAGE"):
        monkeypatch.setenv(name, platform.environment()[name])
    start_transcription._starter.cache_clear()
    assert (
        kept(start_transcription.handler(batch({"Records": [event(platform, heard)]}), Context()))
        == []
    )
    platform.sweep()
    inputs = [platform.input_of(job_id) for job_id in (found, heard)]
    assert inputs[0]["source"].keys() == inputs[1]["source"].keys()
    for given, job_id in zip(inputs, (found, heard), strict=True):
        assert given["source"] == platform.source(job_id)
    # Late, after all: nothing begins twice.
    late = batch({"Records": [event(platform, found)]})
    assert kept(start_transcription.handler(late, Context())) == []
    start_transcription._starter.cache_clear()
    assert platform.executions() == sorted([found, heard])


def event(platform: Platform, job_id: str) -> dict[str, Any]:
    source = platform.source(job_id)
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": source["bucket"]},
            "object": {
                "key": source["key"],
                "size": source["size_bytes"],
                "eTag": source["etag"],
                "versionId": source["version_id"],
                "sequencer": "01",
            },
        },
    }


# Uploads that never come.


def test_a_recording_that_never_comes_expires_after_a_day(platform: Platform) -> None:
    job_id = platform.announced()
    platform.clock.advance(DAY - 1)
    assert platform.sweep().repairs == {}
    platform.clock.advance(1)
    assert platform.sweep().repairs == {"upload_expired": 1}
    assert platform.row(job_id)["status"] == "EXPIRED"
    assert platform.sweep().looked_at == 0


def test_the_parts_of_one_that_never_comes_are_dropped(platform: Platform) -> None:
    platform.clock.advance(-2 * DAY)
    job_id = platform.announced(parts=True)
    platform.clock.advance(2 * DAY)
    assert platform.sweep().repairs == {"upload_expired": 1}
    assert platform.stored(job_id) == []


def test_an_upload_whose_parts_still_come_may_take_longer(platform: Platform) -> None:
    platform.clock.advance(-2 * DAY)
    job_id = platform.announced(parts=True)
    platform.clock.advance(2 * DAY)
    plan = platform.row(job_id)["upload"]
    platform.s3.upload_part(
        Bucket=AUDIO, Key=plan["key"], UploadId=plan["upload_id"] or "", PartNumber=1, Body=SOUND
    )
    assert platform.sweep().repairs == {}
    platform.clock.advance(3 * HOUR)
    assert platform.sweep().repairs == {"upload_expired": 1}


def test_an_upload_that_s3_dropped_by_itself_expires(platform: Platform) -> None:
    job_id = platform.announced(parts=True)
    plan = platform.row(job_id)["upload"]
    platform.s3.abort_multipart_upload(
        Bucket=AUDIO, Key=plan["key"], UploadId=plan["upload_id"] or ""
    )
    platform.clock.advance(DAY)
    assert platform.sweep().repairs == {"upload_expired": 1}


# Executions that were not started, and ends that nobody heard of.


def test_an_attempt_whose_start_broke_off_is_started(platform: Platform) -> None:
    job_id = platform.claimed()
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"attempt_started": 1}
    assert platform.executions() == [job_id]
    assert platform.input_of(job_id)["source"] == platform.source(job_id)
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {}


def test_a_later_attempt_whose_start_broke_off_is_started_under_its_own_name(
    platform: Platform,
) -> None:
    job_id = platform.failed()
    source = platform.row(job_id)["source"]
    platform.jobs.claim_attempt(
        USER, job_id, attempt=2, execution_arn=arn(2, job_id), source=source
    )
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"attempt_started": 1}
    assert platform.executions() == [job_id, f"{job_id}-2"]
    assert platform.input_of(job_id, 2)["attempt"] == 2


@pytest.mark.parametrize("status", ENDS)
@pytest.mark.parametrize("life", [Platform.queued, Platform.processing])
def test_an_end_that_nobody_heard_of_is_told(
    platform: Platform, life: Callable[[Platform], str], status: str
) -> None:
    job_id = life(platform)
    platform.end(job_id, status)
    platform.clock.advance(30 * MINUTE)
    assert platform.sweep().repairs == {"end_told": 1}
    assert platform.told() == [(arn(1, job_id), status)]


@pytest.mark.parametrize(
    ("life", "status"), [(Platform.completed, "SUCCEEDED"), (Platform.failed, "FAILED")]
)
def test_an_owner_who_was_not_told_is_told(
    platform: Platform, life: Callable[[Platform], str], status: str
) -> None:
    job_id = life(platform)
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"owner_told": 1}
    assert platform.told() == [(arn(1, job_id), status)]


@pytest.mark.parametrize("sweeps", [1, 3])
def test_what_the_sweep_tells_reaches_the_owner_once(
    sweeps: int,
) -> None:
    with mock_aws():
        around = notify_support.Platform()
        queue_url = aws.sqs().create_queue(QueueName="notifications")["QueueUrl"]
        execution_arn = around.start()
        around.end(execution_arn, "FAILED", "WorkerLost")
        for _ in range(sweeps):
            StatusEvents(aws.sqs(), queue_url).send(execution_arn, "FAILED")
        tell_all(around, queue_url)
        assert len(around.mails()) == 1
        around.end(execution_arn, "RUNNING")
        around.succeed(execution_arn)
        for _ in range(sweeps):
            StatusEvents(aws.sqs(), queue_url).send(execution_arn, "SUCCEEDED")
        tell_all(around, queue_url)
        assert len(around.mails()) == 2


def tell_all(around: notify_support.Platform, queue_url: str) -> None:
    sqs = aws.sqs()
    while messages := sqs.receive_message(QueueUrl=queue_url).get("Messages"):
        event = json.loads(messages[0]["Body"])
        schemas.validate("status-event", event)
        with contextlib.suppress(NothingToTell):
            around.notifier.tell(event)


def test_an_execution_that_is_gone_after_it_worked_is_left_to_the_operators(
    platform: Platform,
) -> None:
    job_id, other = platform.processing(), platform.uploaded()
    aws.step_functions().delete_state_machine(stateMachineArn=MACHINE)
    create_state_machine()
    platform.clock.advance(30 * MINUTE)
    run = platform.sweep()
    assert (run.failures, run.repairs) == (1, {"upload_started": 1})
    assert platform.row(job_id)["status"] == "PROCESSING"
    assert platform.executions() == [other]
