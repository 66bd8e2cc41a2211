"""What the platform still holds of a job that its owner deleted, after all that a job can live."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from scribe import keys
from scribe.adapters import aws, rows
from scribe.adapters.notification_claims import NotificationClaims

from functions.api.services import services
from functions.sweep import composition
from functions.sweep.handler import sweep
from functions.sweep.run import Run
from tests.unit.api_support import (
    ANA,
    BUCKET,
    ENVIRONMENT,
    NEW_JOB,
    TRANSCRIPTS_BUCKET,
    WORK_BUCKET,
    Api,
    api,
)
from tests.unit.edge_support import create_distribution
from tests.unit.jobs_support import RESULT, TABLE, arn

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["api"]  # a fixture is found by its name

PERSONAL: Final = {
    "address": f"{ANA}@example.com",
    "file name": "Board meeting",
    "vocabulary": "Lopera",
    "labels": "2026-118",
    "feedback": "my name is wrong",
    "error": "operators read this",
    "mail": "message-1",
    "transcript": "What was said",
}
TOMBSTONE: Final = {
    "user_id",
    "job_id",
    "status",
    "attempt",
    "execution_arn",
    "language",
    "ui_language",
    "chunk_count",
    "transcribing_since",
    "chunks_done",
    "created_at",
    "updated_at",
    "expires_at",
}
"""Its fields: ids, times and counts."""


@pytest.fixture(autouse=True)
def queue_url(api: Api, monkeypatch: pytest.MonkeyPatch) -> str:
    """The notifications queue; the API knows a distribution and keeps versions of recordings."""
    api.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("EDGE_DISTRIBUTION_ID", create_distribution())
    return aws.sqs().create_queue(QueueName="notifications")["QueueUrl"]


def lived(api: Api) -> str:
    """A job that failed, was tried again and completed, each told; rated, and sent twice."""
    wished = {**NEW_JOB, "vocabulary": "Ana María Lopera", "metadata": {"case": "2026-118"}}
    made = api.call("POST", "/jobs", wished, headers={"idempotency-key": "key-0123456789abcdef"})
    job_id = str(made.body["job"]["job_id"])
    key = keys.audio(ANA, job_id, "mp3")
    versions = [
        api.s3.put_object(Bucket=BUCKET, Key=key, Body=b"sound")["VersionId"] for _ in range(2)
    ]
    services().attempts.first(
        ANA,
        job_id,
        {"bucket": BUCKET, "key": key, "size_bytes": 5, "etag": "0", "version_id": versions[0]},
    )
    begin(api, job_id, attempt=1)
    fails(api, job_id)
    assert api.call("POST", f"/jobs/{job_id}/retry").status == 202
    begin(api, job_id, attempt=2)
    completes(api, job_id)
    comment = {"rating": 2, "comment": "my name is wrong"}
    assert api.call("POST", f"/jobs/{job_id}/feedback", comment).status == 200
    return job_id


def begin(api: Api, job_id: str, *, attempt: int) -> None:
    execution = arn(attempt, job_id)
    api.jobs.mark_processing(ANA, job_id, execution_arn=execution)
    api.jobs.record_chunk_count(ANA, job_id, execution_arn=execution, chunk_count=2)
    for stored in (
        keys.chunk_audio(ANA, job_id, 0),
        keys.probe_audio(ANA, job_id),
        keys.chunk_result(ANA, job_id, 0),
        keys.chunk_outcome(ANA, job_id, 0),
        keys.detection_result(ANA, job_id),
        keys.detection_outcome(ANA, job_id),
    ):
        api.s3.put_object(Bucket=WORK_BUCKET, Key=stored, Body=b"What was said")


def fails(api: Api, job_id: str) -> None:
    api.jobs.fail(
        ANA,
        job_id,
        execution_arn=arn(1, job_id),
        error_name="WorkerLost",
        message="operators read this",
    )
    aws.step_functions().stop_execution(executionArn=arn(1, job_id))
    tell(job_id, attempt=1)


def completes(api: Api, job_id: str) -> None:
    for stored in (
        *(keys.transcript(ANA, job_id, fmt) for fmt in keys.TRANSCRIPT_FORMATS),
        keys.peaks(ANA, job_id),
    ):
        api.s3.put_object(Bucket=TRANSCRIPTS_BUCKET, Key=stored, Body=b"What was said")
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": ANA}, "job_id": {"S": job_id}},
        UpdateExpression="SET #status = :completed, #result = :result",
        ExpressionAttributeNames={"#status": "status", "#result": "result"},
        ExpressionAttributeValues={
            ":completed": {"S": "COMPLETED"},
            ":result": rows.to_item({"result": RESULT})["result"],
        },
    )
    aws.step_functions().stop_execution(executionArn=arn(2, job_id))
    tell(job_id, attempt=2)


def tell(job_id: str, *, attempt: int) -> None:
    claims = NotificationClaims(aws.dynamodb(), TABLE)
    claimed = claims.claim(ANA, job_id, execution_arn=arn(attempt, job_id), lease_seconds=0)
    assert claimed is not None
    claims.record_notification(claimed, message_id="message-1")


def everything() -> dict[str, list[Any]]:
    """All that is in all tables, buckets and queues, by where it is."""
    found: dict[str, list[Any]] = {}
    for table in aws.dynamodb().list_tables()["TableNames"]:
        found[f"table {table}"] = list(aws.dynamodb().scan(TableName=table)["Items"])
    s3 = aws.s3()
    for bucket in (entry["Name"] for entry in s3.list_buckets()["Buckets"]):
        versions = s3.list_object_versions(Bucket=bucket)
        found[f"bucket {bucket}"] = [
            *versions.get("Versions", ()),
            *versions.get("DeleteMarkers", ()),
            *s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ()),
        ]
    for queue in aws.sqs().list_queues()["QueueUrls"]:
        found[f"queue {queue}"] = list(
            aws.sqs().receive_message(QueueUrl=queue).get("Messages", ())
        )
    return found


def sweep_after(queue_url: str, hours: float) -> None:
    environment: Mapping[str, str] = {
        **ENVIRONMENT,
        "EDGE_DISTRIBUTION_ID": services().deletion.edge._distribution_id,
        "NOTIFICATIONS_QUEUE_URL": queue_url,
        "EVENT_PATIENCE_SECONDS": "600",
        "WORK_PATIENCE_SECONDS": "1800",
        "DELETION_PATIENCE_SECONDS": "10800",
        "UPLOAD_DAYS": "1",
    }
    run = Run(lambda: 300_000)
    sweep(composition.compose(environment), run, datetime.now(UTC) + timedelta(hours=hours))
    assert run.failures == 0


def test_before_its_deletion_all_of_it_is_there(api: Api) -> None:
    lived(api)
    held = json.dumps(everything(), default=str)
    there = {what for what, text in PERSONAL.items() if text in held}
    assert there >= {"address", "file name", "vocabulary", "labels", "feedback", "mail"}


def test_of_a_deleted_job_a_tombstone_is_left_and_counts_that_expire(
    api: Api, queue_url: str
) -> None:
    job_id = lived(api)
    assert api.call("DELETE", f"/jobs/{job_id}").status == 200
    # What a worker stores a moment later.
    late = keys.chunk_result(ANA, job_id, 1)
    api.s3.put_object(Bucket=WORK_BUCKET, Key=late, Body=b"What was said")
    sweep_after(queue_url, hours=4)
    left = everything()
    tables = {name: left.pop(f"table {name}") for name in ("jobs", "usage", "idempotency")}
    assert not any(left.values()), left
    (tombstone,) = tables["jobs"]
    assert tombstone.keys() <= TOMBSTONE
    held = json.dumps(tables, default=str)
    assert not [what for what, text in PERSONAL.items() if text in held]
    (use,) = tables["usage"]
    assert use.keys() <= {"user_id", "day", "jobs", "bytes", "seconds", "expires_at"}
    (answered,) = tables["idempotency"]
    assert job_id in answered["data"]["S"]


def test_what_is_left_goes_by_itself(api: Api, queue_url: str) -> None:
    job_id = lived(api)
    api.call("DELETE", f"/jobs/{job_id}")
    sweep_after(queue_url, hours=4)
    left, now = everything(), datetime.now(UTC).timestamp()
    days = {
        name: (float(row[field]["N"]) - now) / 86_400
        for name, field in (
            ("jobs", "expires_at"),
            ("usage", "expires_at"),
            ("idempotency", "expiration"),
        )
        for row in left[f"table {name}"]
    }
    assert set(days) == {"jobs", "usage", "idempotency"}
    assert 0 < days["idempotency"] <= 1
    assert 1 < days["usage"] <= 3
    assert 14 < days["jobs"] <= 15.01
