"""Deleting a job, having it tried again, and saying how it was: over HTTP, on moto's services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.stepfunctions.models import stepfunctions_backends
from scribe import executions, keys
from scribe.adapters import aws
from scribe.adapters.notification_claims import NotificationClaims
from scribe.errors import Superseded

from functions.api.services import services
from tests.unit.api_support import (
    ANA,
    BEN,
    BUCKET,
    ENVIRONMENT,
    LARGE_JOB,
    NEW_JOB,
    TRANSCRIPTS_BUCKET,
    WORK_BUCKET,
    Api,
    api,
)
from tests.unit.edge_support import create_distribution
from tests.unit.jobs_support import MACHINE, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_cloudfront import CloudFrontClient
    from scribe.jobs import Job

__all__ = ["api"]  # a fixture is found by its name

NOTHING = {"versions": 0, "bytes": 0}
ALL_BUCKETS = (BUCKET, WORK_BUCKET, TRANSCRIPTS_BUCKET)


@pytest.fixture(autouse=True)
def cloudfront(api: Api, monkeypatch: pytest.MonkeyPatch) -> CloudFrontClient:  # noqa: ARG001  # in its mock
    """The distribution that the API knows, in moto."""
    monkeypatch.setenv("EDGE_DISTRIBUTION_ID", create_distribution())
    return boto3.client("cloudfront")


def invalidated(client: CloudFrontClient) -> list[str]:
    """The paths that the edge was told to forget."""
    distribution = services().deletion.edge._distribution_id
    listed = client.list_invalidations(DistributionId=distribution)["InvalidationList"]
    return [
        path
        for summary in listed.get("Items", ())
        for path in client.get_invalidation(DistributionId=distribution, Id=summary["Id"])[
            "Invalidation"
        ]["InvalidationBatch"]["Paths"]["Items"]
    ]


def arn(job_id: str, attempt: int = 1) -> str:
    return executions.arn_of(MACHINE, executions.name_of(job_id, attempt))


def row(api: Api, job_id: str, user: str = ANA) -> Job:
    job = api.jobs.get(user, job_id)
    assert job is not None
    return job


def stored(job_id: str, user: str = ANA) -> list[str]:
    """The keys of all that S3 holds of a job: versions, delete markers and uploads in parts."""
    s3, prefix = aws.s3(), keys.job_prefix(user, job_id)
    found = []
    for bucket in ALL_BUCKETS:
        versions = s3.list_object_versions(Bucket=bucket, Prefix=prefix)
        uploads = s3.list_multipart_uploads(Bucket=bucket, Prefix=prefix)
        found += [entry["Key"] for entry in versions.get("Versions", ())]
        found += [entry["Key"] for entry in versions.get("DeleteMarkers", ())]
        found += [entry["Key"] for entry in uploads.get("Uploads", ())]
    return found


# A job at each point of its life; each gives the job's id.


def announced(api: Api, user: str = ANA) -> str:
    return str(api.create(NEW_JOB, user=user)["job_id"])


def half_uploaded(api: Api, user: str = ANA) -> str:
    job_id = str(api.create(LARGE_JOB, user=user)["job_id"])
    api.send_part(job_id, 1, user=user)
    return job_id


def queued(api: Api, user: str = ANA) -> str:
    """Its recording has arrived, and its execution is started."""
    job_id = announced(api, user)
    key = keys.audio(user, job_id, "mp3")
    api.s3.put_object(Bucket=BUCKET, Key=key, Body=b"sound")
    services().attempts.first(
        user,
        job_id,
        {"bucket": BUCKET, "key": key, "size_bytes": 5, "etag": "0123", "version_id": None},
    )
    return job_id


def running(api: Api, user: str = ANA) -> str:
    """Two of its chunks are cut, and one is transcribed."""
    job_id = queued(api, user)
    api.jobs.mark_processing(user, job_id, execution_arn=arn(job_id))
    api.jobs.record_chunk_count(user, job_id, execution_arn=arn(job_id), chunk_count=2)
    for key in (
        keys.chunk_audio(user, job_id, 0),
        keys.chunk_audio(user, job_id, 1),
        keys.probe_audio(user, job_id),
        keys.chunk_result(user, job_id, 0),
        keys.chunk_outcome(user, job_id, 0),
    ):
        api.s3.put_object(Bucket=WORK_BUCKET, Key=key, Body=b"work")
    api.s3.put_object(Bucket=TRANSCRIPTS_BUCKET, Key=keys.peaks(user, job_id), Body=b"{}")
    return job_id


def failed(api: Api, user: str = ANA, error: str = "WorkerLost") -> str:
    job_id = running(api, user)
    aws.step_functions().stop_execution(executionArn=arn(job_id), error=error)
    api.jobs.fail(user, job_id, execution_arn=arn(job_id), error_name=error, message="broken")
    return job_id


def completed(api: Api, user: str = ANA) -> str:
    job_id = running(api, user)
    for fmt in keys.TRANSCRIPT_FORMATS:
        key = keys.transcript(user, job_id, fmt)
        api.s3.put_object(Bucket=TRANSCRIPTS_BUCKET, Key=key, Body=b"text")
    aws.step_functions().stop_execution(executionArn=arn(job_id))
    assert complete(user, job_id)
    return job_id


def complete(user: str, job_id: str) -> bool:
    """Write the status that the state CompleteJob writes, on its condition."""
    client = aws.dynamodb()
    try:
        client.update_item(
            TableName=ENVIRONMENT["JOBS_TABLE"],
            Key={"user_id": {"S": user}, "job_id": {"S": job_id}},
            UpdateExpression="SET #status = :completed",
            ConditionExpression="#status <> :deleted AND execution_arn = :arn",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":completed": {"S": "COMPLETED"},
                ":deleted": {"S": "DELETED"},
                ":arn": {"S": arn(job_id)},
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


LIVES = [announced, half_uploaded, queued, running, failed, completed]
ENDED = [failed, completed]


# Deletion.


@pytest.mark.parametrize("at_a_point", LIVES)
def test_nothing_is_left_of_a_deleted_job_but_its_tombstone(
    api: Api, at_a_point: Callable[[Api], str]
) -> None:
    job_id, other = at_a_point(api), completed(api)
    of_ben = completed(api, BEN)
    kept = (stored(other), row(api, other), stored(of_ben, BEN), row(api, of_ben, BEN))
    reply = api.call("DELETE", f"/jobs/{job_id}")
    assert reply.status == 200
    assert stored(job_id) == []
    left = row(api, job_id)
    assert left["status"] == "DELETED"
    assert not {"file_name", "email", "source", "upload", "feedback", "notification"} & set(left)
    assert kept == (stored(other), row(api, other), stored(of_ben, BEN), row(api, of_ben, BEN))
    for path in (f"/jobs/{job_id}/upload", f"/jobs/{job_id}/retry", f"/jobs/{job_id}/feedback"):
        assert api.call("POST", path, {"rating": 5}).code == "job_not_found"


def test_a_deletion_tells_what_it_deleted(api: Api, cloudfront: CloudFrontClient) -> None:
    job_id = completed(api)
    assert api.call("DELETE", f"/jobs/{job_id}").body == {
        "job_id": job_id,
        "deleted": {
            "recording": {"versions": 1, "bytes": 5},
            "transcript": {"versions": 5, "bytes": 18},
            "results": {"versions": 2, "bytes": 8},
            "chunks": {"versions": 3, "bytes": 12},
        },
        "uploads_aborted": 0,
        "execution_stopped": False,
        "edge_invalidated": True,
    }
    assert invalidated(cloudfront) == [f"/{ANA}/{job_id}/*"]


def test_half_an_upload_is_aborted_and_nothing_else_was_there(
    api: Api, cloudfront: CloudFrontClient
) -> None:
    reply = api.call("DELETE", f"/jobs/{half_uploaded(api)}")
    assert reply.body["uploads_aborted"] == 1
    assert reply.body["deleted"]["recording"] == NOTHING
    assert not reply.body["edge_invalidated"]
    assert invalidated(cloudfront) == []


@pytest.mark.parametrize("at_a_point", [queued, running])
def test_a_running_execution_is_stopped(api: Api, at_a_point: Callable[[Api], str]) -> None:
    job_id = at_a_point(api)
    assert api.call("DELETE", f"/jobs/{job_id}").body["execution_stopped"]
    execution = aws.step_functions().describe_execution(executionArn=arn(job_id))
    assert execution["status"] == "ABORTED"


def test_every_version_is_deleted_and_every_delete_marker(api: Api) -> None:
    job_id = completed(api)
    key = keys.transcript(ANA, job_id, "txt")
    api.s3.put_bucket_versioning(
        Bucket=TRANSCRIPTS_BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )
    api.s3.put_object(Bucket=TRANSCRIPTS_BUCKET, Key=key, Body=b"better")
    api.s3.delete_object(Bucket=TRANSCRIPTS_BUCKET, Key=key)
    deleted = api.call("DELETE", f"/jobs/{job_id}").body["deleted"]
    assert deleted["transcript"] == {"versions": 7, "bytes": 24}
    assert stored(job_id) == []


def test_more_objects_are_deleted_than_one_request_takes(api: Api) -> None:
    job_id = completed(api)
    for index in range(2, 1003):
        api.s3.put_object(Bucket=WORK_BUCKET, Key=keys.chunk_result(ANA, job_id, index), Body=b"")
    deleted = api.call("DELETE", f"/jobs/{job_id}").body["deleted"]
    assert deleted["results"]["versions"] == 1003
    assert stored(job_id) == []


def test_a_deletion_asked_for_again_deletes_what_came_meanwhile_and_then_nothing(
    api: Api,
) -> None:
    job_id = running(api)
    api.call("DELETE", f"/jobs/{job_id}")
    tombstone = row(api, job_id)
    # A worker that was just at it stores a result of the chunk that it had begun.
    late = keys.chunk_result(ANA, job_id, 1)
    api.s3.put_object(Bucket=WORK_BUCKET, Key=late, Body=b"late")
    again = api.call("DELETE", f"/jobs/{job_id}")
    assert (again.status, again.body["execution_stopped"]) == (200, False)
    assert again.body["deleted"]["results"] == {"versions": 1, "bytes": 4}
    last = api.call("DELETE", f"/jobs/{job_id}")
    assert set(map(str, last.body["deleted"].values())) == {str(NOTHING)}
    assert row(api, job_id) == tombstone


def test_a_deletion_that_broke_off_is_finished_by_the_next(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = running(api)
    edge = ENVIRONMENT["EDGE_DISTRIBUTION_ID"]  # there is none of this name
    there = services().deletion.edge._distribution_id
    monkeypatch.setenv("EDGE_DISTRIBUTION_ID", edge)
    services.cache_clear()
    reply = api.call("DELETE", f"/jobs/{job_id}")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert row(api, job_id)["status"] == "DELETED"
    monkeypatch.setenv("EDGE_DISTRIBUTION_ID", there)
    services.cache_clear()
    assert api.call("DELETE", f"/jobs/{job_id}").body["edge_invalidated"]


def test_an_object_that_s3_does_not_delete_is_an_error(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = completed(api)
    client = services().deletion.data.client
    refusal = {"Errors": [{"Key": "x", "Code": "AccessDenied"}]}
    monkeypatch.setattr(client, "delete_objects", lambda **_: refusal)
    assert api.call("DELETE", f"/jobs/{job_id}").code == "unavailable"
    assert stored(job_id) != []


def test_another_users_tombstone_is_not_there(api: Api) -> None:
    job_id = completed(api, BEN)
    api.call("DELETE", f"/jobs/{job_id}", user=BEN)
    assert api.call("DELETE", f"/jobs/{job_id}").code == "job_not_found"
    assert api.call("DELETE", f"/jobs/{job_id}", user=BEN).status == 200


def test_every_late_write_of_a_deleted_jobs_execution_is_refused(api: Api) -> None:
    job_id = running(api)
    api.call("DELETE", f"/jobs/{job_id}")
    tombstone = row(api, job_id)
    execution: dict[str, Any] = {"execution_arn": arn(job_id)}
    claims = NotificationClaims(aws.dynamodb(), TABLE)
    writes: list[Callable[[], object]] = [
        lambda: api.jobs.mark_processing(ANA, job_id, **execution),
        lambda: api.jobs.record_chunk_count(ANA, job_id, chunk_count=2, **execution),
        lambda: api.jobs.fail(ANA, job_id, error_name="Aborted", message="", **execution),
        lambda: claims.claim(ANA, job_id, lease_seconds=120, **execution),
    ]
    for write in writes:
        with pytest.raises(Superseded):
            write()
    assert not complete(ANA, job_id)
    assert row(api, job_id) == tombstone


# Another attempt.


def names(job_id: str) -> list[str]:
    listed = aws.step_functions().list_executions(stateMachineArn=MACHINE)["executions"]
    return sorted(e["name"] for e in listed if e["name"].startswith(job_id))


def test_a_failed_job_is_queued_again_with_all_that_was_stored(api: Api) -> None:
    job_id = failed(api)
    before = stored(job_id)
    reply = api.call("POST", f"/jobs/{job_id}/retry")
    assert (reply.status, reply.body["status"]) == (202, "QUEUED")
    assert names(job_id) == [job_id, f"{job_id}-2"]
    assert stored(job_id) == before
    started = aws.step_functions().describe_execution(executionArn=arn(job_id, 2))
    assert json.loads(started["input"])["attempt"] == 2


def test_a_retry_asked_for_again_starts_no_other_execution_and_is_answered_alike(
    api: Api,
) -> None:
    job_id = failed(api)
    replies = [api.call("POST", f"/jobs/{job_id}/retry") for _ in range(2)]
    assert [(reply.status, reply.body["status"]) for reply in replies] == [(202, "QUEUED")] * 2
    api.jobs.mark_processing(ANA, job_id, execution_arn=arn(job_id, 2))
    late = api.call("POST", f"/jobs/{job_id}/retry")
    assert (late.status, late.body["status"]) == (202, "PROCESSING")
    assert names(job_id) == [job_id, f"{job_id}-2"]


@pytest.mark.parametrize("at_a_point", [announced, half_uploaded, queued, running, completed])
def test_a_job_that_has_not_failed_is_not_tried_again(
    api: Api, at_a_point: Callable[[Api], str]
) -> None:
    job_id = at_a_point(api)
    before = (row(api, job_id), names(job_id))
    reply = api.call("POST", f"/jobs/{job_id}/retry")
    assert (reply.status, reply.code) == (409, "job_not_failed")
    assert (row(api, job_id), names(job_id)) == before


def test_a_failed_job_that_was_redriven_is_not_tried_again_and_its_deletion_stops_it(
    api: Api,
) -> None:
    job_id = failed(api)
    redriven = stepfunctions_backends["123456789012"]["us-east-1"].describe_execution(arn(job_id))
    redriven.status = "RUNNING"
    assert api.call("POST", f"/jobs/{job_id}/retry").code == "job_not_failed"
    assert names(job_id) == [job_id]
    assert api.call("DELETE", f"/jobs/{job_id}").body["execution_stopped"]


@pytest.mark.parametrize("error", ["AudioUnreadable", "AudioTooLong", "LanguageUnsupported"])
def test_a_recording_that_would_fail_again_is_not_tried_again(api: Api, error: str) -> None:
    job_id = failed(api, error=error)
    reply = api.call("POST", f"/jobs/{job_id}/retry")
    assert (reply.status, reply.code, reply.body["detail"]) == (409, "retry_cannot_help", error)
    assert names(job_id) == [job_id]


@pytest.mark.parametrize("error", ["OutOfMemory", "States.Timeout", "TimedOut", "Unknown"])
def test_what_may_go_better_and_what_nobody_knows_is_tried_again(api: Api, error: str) -> None:
    assert api.call("POST", f"/jobs/{failed(api, error=error)}/retry").status == 202


def test_step_functions_that_does_not_answer_is_away_and_asked_again_it_starts(api: Api) -> None:
    job_id = failed(api)
    client = aws.step_functions()
    client.delete_state_machine(stateMachineArn=MACHINE)
    assert api.call("POST", f"/jobs/{job_id}/retry").code == "unavailable"
    client.create_state_machine(
        name="transcription",
        definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/workflow",
    )
    assert api.call("POST", f"/jobs/{job_id}/retry").status == 202
    assert names(job_id) == [f"{job_id}-2"]


# Feedback.


def rate(api: Api, job_id: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401  # a reply
    return api.call("POST", f"/jobs/{job_id}/feedback", body)


@pytest.mark.parametrize("at_an_end", ENDED)
def test_the_last_feedback_on_an_ended_job_holds(api: Api, at_an_end: Callable[[Api], str]) -> None:
    job_id = at_an_end(api)
    changed = row(api, job_id)["updated_at"]
    rate(api, job_id, {"rating": 2, "comment": "My name is wrong: Ana María."})
    assert rate(api, job_id, {"rating": 5}).status == 200
    feedback = row(api, job_id)["feedback"]
    assert (feedback["rating"], feedback["comment"]) == (5, None)
    assert row(api, job_id)["updated_at"] == changed


@pytest.mark.parametrize("at_a_point", [announced, half_uploaded, queued, running])
def test_a_job_that_goes_on_takes_no_feedback(api: Api, at_a_point: Callable[[Api], str]) -> None:
    job_id = at_a_point(api)
    reply = rate(api, job_id, {"rating": 5})
    assert (reply.status, reply.code) == (409, "job_not_ended")
    assert "feedback" not in row(api, job_id)


@pytest.mark.parametrize(
    "body",
    [
        {"rating": 0},
        {"rating": 6},
        {"rating": 4.5},
        {"rating": "5"},
        {"comment": "Fine."},
        {"rating": 5, "comment": "x" * 2001},
        {"rating": 5, "name": "Ana"},
    ],
)
def test_feedback_off_the_scale_is_refused(api: Api, body: Mapping[str, object]) -> None:
    assert rate(api, completed(api), body).code == "body_invalid"


def test_a_comment_of_the_greatest_length_is_kept_and_not_logged(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = completed(api)
    comment = "ñ" * 2000
    assert rate(api, job_id, {"rating": 5, "comment": comment}).status == 200
    assert row(api, job_id)["feedback"]["comment"] == comment
    logged = "".join(capsys.readouterr())
    assert "ñ" not in logged
    assert "\\u00f1" not in logged
