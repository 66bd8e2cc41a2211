"""The sweep and open jobs: each lost event is made up for once, and a healthy job left alone."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from scribe import jobs, schemas
from scribe.adapters import aws
from scribe.adapters.status_events import StatusEvents

from functions.notify.notifier import NothingToTell
from functions.start_transcription import handler as start_transcription
from functions.sweep import handler as function
from functions.sweep import open_jobs_sweep
from functions.sweep.run import Run
from tests.unit import notify_support
from tests.unit.jobs_support import MACHINE, TABLE, USER, arn, create_state_machine
from tests.unit.lambda_support import Context, batch, kept
from tests.unit.sweep_support import AUDIO, DAY, HOUR, MINUTE, PLENTY_MS, SOUND, Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scribe.jobs import Job

ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "test")
    with mock_aws():
        made = Platform()
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


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


# What is well.


def told(platform: Platform, life: Callable[[Platform], str]) -> str:
    job_id = life(platform)
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": USER}, "job_id": {"S": job_id}},
        UpdateExpression="REMOVE open_shard",
    )
    return job_id


def being_told(platform: Platform) -> str:
    """Its mail is refused, and its message comes again and again."""
    job_id = platform.failed()
    until = jobs.timestamp(platform.clock())
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": USER}, "job_id": {"S": job_id}},
        UpdateExpression="SET notification = :lease",
        ExpressionAttributeValues={
            ":lease": {"M": {"until": {"S": until}, "state": {"S": "SENDING"}}}
        },
    )
    return job_id


def expired(platform: Platform) -> str:
    job_id = platform.announced()
    platform.jobs.expire(USER, job_id)
    return job_id


def redriven(platform: Platform) -> str:
    job_id = told(platform, Platform.failed)
    platform.end(job_id, "RUNNING")
    platform.jobs.mark_processing(USER, job_id, execution_arn=arn(1, job_id))
    return job_id


def tried_again(platform: Platform) -> str:
    job_id = told(platform, Platform.failed)
    platform.attempts.another(platform.row(job_id))
    return job_id


HEALTHY: list[tuple[Callable[[Platform], str], int]] = [
    (Platform.announced, 23 * HOUR),
    (lambda p: p.announced(parts=True), 23 * HOUR),
    (Platform.uploaded, 9 * MINUTE),
    (Platform.claimed, 9 * MINUTE),
    (Platform.queued, 20 * HOUR),
    (Platform.processing, 23 * HOUR),
    (Platform.completed, 9 * MINUTE),
    (Platform.failed, 9 * MINUTE),
    (being_told, 14 * MINUTE),
    (lambda p: told(p, Platform.completed), 300 * DAY),
    (lambda p: told(p, Platform.failed), 300 * DAY),
    (expired, 300 * DAY),
    (redriven, 23 * HOUR),
    (tried_again, 20 * HOUR),
]


@pytest.mark.parametrize(("life", "seconds"), HEALTHY)
def test_a_healthy_job_is_left_alone(
    platform: Platform, life: Callable[[Platform], str], seconds: int
) -> None:
    job_id = life(platform)
    before = (platform.row(job_id), platform.stored(job_id), platform.executions())
    platform.clock.advance(seconds)
    run = platform.sweep()
    assert (run.repairs, run.failures) == ({}, 0)
    assert before == (platform.row(job_id), platform.stored(job_id), platform.executions())
    assert platform.told() == []


# Twice, many, slow, and failing.


@pytest.mark.parametrize("life", [Platform.uploaded, Platform.claimed, Platform.announced])
def test_two_sweeps_that_read_the_same_row_repair_it_once(
    platform: Platform, life: Callable[[Platform], str]
) -> None:
    job_id = life(platform)
    stale = platform.row(job_id)
    platform.clock.advance(DAY)
    platform.sweep()
    after = (platform.row(job_id), platform.executions())
    run, slower = Run(lambda: PLENTY_MS), platform.sweeps().open_jobs
    with run.job(USER, job_id):
        slower._look_at(stale, run, platform.clock())
    assert run.failures == 0
    assert _without_stamp(platform.row(job_id)) == _without_stamp(after[0])
    assert platform.executions() == after[1]


def _without_stamp(row: Job) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "updated_at"}


def test_more_jobs_of_one_partition_than_a_run_takes_are_done_by_the_next(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than one BatchGetItem reads; all in one partition.
    monkeypatch.setattr(open_jobs_sweep, "MOST_ROWS", 110)
    for _ in range(125):
        platform.announced(shard="7")
    platform.clock.advance(DAY)
    assert [platform.sweep().repairs["upload_expired"] for _ in range(3)] == [110, 15, 0]


def test_the_index_is_read_to_its_last_page(platform: Platform) -> None:
    found = {platform.announced(shard="7") for _ in range(5)}
    platform.clock.advance(DAY)
    client = aws.dynamodb()
    _in_pages_of(client, 2)
    sweep = platform.sweeps().open_jobs.open_jobs
    sweep._client = client
    unchanged = sweep.unchanged("7", until=platform.clock())
    assert {key.job_id for key in unchanged} == found


def _in_pages_of(client: Any, rows: int) -> None:  # noqa: ANN401  # a boto3 client's events
    def limit(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = rows

    client.meta.events.register("provide-client-params.dynamodb.Query", limit)


def test_a_run_ends_in_time_and_later_ones_reach_every_job(platform: Platform) -> None:
    for _ in range(12):
        platform.announced()
    platform.clock.advance(DAY)
    expired_by_run: list[int] = []
    while sum(expired_by_run) < 12:
        # A second passes at each look at the clock: not enough for all partitions.
        left = itertools.count(100_000, -1000)
        run = Run(functools.partial(next, left))
        platform.sweeps().open_jobs.sweep(run, platform.clock())
        expired_by_run.append(run.repairs["upload_expired"])
        assert len(expired_by_run) < 40
    assert max(expired_by_run) < 12


def test_a_run_without_time_does_nothing(platform: Platform) -> None:
    platform.uploaded()
    platform.clock.advance(DAY)
    assert platform.sweep(Run(lambda: 1000)).looked_at == 0


def test_a_run_looks_at_so_many_executions_that_others_can_too(platform: Platform) -> None:
    for _ in range(3):
        platform.end(platform.processing(), "FAILED")
    platform.clock.advance(HOUR)
    assert platform.sweep(Run(lambda: PLENTY_MS, descriptions=2)).repairs == {"end_told": 2}


def test_where_many_messages_wait_none_is_added(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_jobs_sweep, "MOST_WAITING", 2)
    for _ in range(3):
        platform.completed()
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"owner_told": 2}
    assert platform.sweep().repairs == {}
    assert len(platform.told()) == 2


def test_the_function_tells_what_it_did(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.announced()
    platform.clock.advance(-2 * DAY)
    platform.announced()
    function._sweeps.cache_clear()
    done = function.handler({}, InTime())
    function._sweeps.cache_clear()
    assert done == {"looked_at": 1, "repairs": {"upload_expired": 1}, "failures": 0}
    printed = capsys.readouterr().out
    assert '"SweepRepairs":[1.0]' in printed
    assert '"repair":"upload_expired"' in printed


class InTime(Context):
    """A call that has its whole time left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return PLENTY_MS
