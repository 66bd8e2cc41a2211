"""A user's own job: told to their address in their language, and once, however often S3 reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scribe import keys
from scribe.jobs import NewJob

from samples import sample
from tests.e2e.inbox import PATIENCE_SECONDS, eventually, text_of

if TYPE_CHECKING:
    from tests.e2e.inbox import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

NEW_JOB = NewJob(
    user_id="user_2ana",
    job_id="01JD7M3Q8V5T2W9X4Y6Z1A0B3C",
    file_name="Reunión\r\nBcc: everybody@example.com.ogg",
    language="es",
    ui_language="es",
    email="ana@example.com",
)


def test_an_upload_that_is_reported_again_is_run_and_told_once(fleet: Inbox) -> None:
    fleet.jobs.create(NEW_JOB)
    key = keys.audio(NEW_JOB.user_id, NEW_JOB.job_id, "ogg")
    body = sample("spanish").path.read_bytes()
    fleet.s3.put_object(Bucket=fleet.audio_bucket, Key=key, Body=body)
    _report_again(fleet, key)

    job = fleet.wait([key])[key]
    assert job["status"] == "COMPLETED"
    _report_again(fleet, key)
    eventually(lambda: _is_empty(fleet, _uploads_queue(fleet)), PATIENCE_SECONDS)
    eventually(
        lambda: _is_empty(fleet, fleet.platform.outputs["NotificationsQueueUrl"]), PATIENCE_SECONDS
    )

    assert fleet.executions(job) == [job["execution_arn"]]
    assert fleet.jobs.get(NEW_JOB.user_id, NEW_JOB.job_id) == job, "nothing has changed"
    (mail,) = fleet.mails(job)
    assert mail["To"] == "ana@example.com"
    assert mail["Subject"] == (
        "Su transcripción está lista: Reunión Bcc: everybody@example.com.ogg"
    )
    assert mail["Bcc"] is None
    assert '<html lang="es">' in text_of(mail, "html")


def _report_again(inbox: Inbox, key: str) -> None:
    """Send S3's event another time; S3 itself does so now and then."""
    head = inbox.s3.head_object(Bucket=inbox.audio_bucket, Key=key)
    uploaded = {
        "key": key,
        "size": head["ContentLength"],
        "eTag": head["ETag"].strip('"'),
        "sequencer": "0065F0A1B2C3D4E5F6",
    }
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {
                "name": inbox.audio_bucket,
                "arn": f"arn:aws:s3:::{inbox.audio_bucket}",
            },
            "object": uploaded,
        },
    }
    sqs: Any = inbox.platform.aws.client("sqs")
    sqs.send_message(QueueUrl=_uploads_queue(inbox), MessageBody=json.dumps({"Records": [record]}))


def _uploads_queue(inbox: Inbox) -> str:
    """The queue that the audio bucket reports to."""
    configured = inbox.s3.get_bucket_notification_configuration(Bucket=inbox.audio_bucket)
    (queue,) = configured["QueueConfigurations"]
    sqs: Any = inbox.platform.aws.client("sqs")
    url: str = sqs.get_queue_url(QueueName=queue["QueueArn"].rpartition(":")[2])["QueueUrl"]
    return url


def _is_empty(inbox: Inbox, url: str) -> bool:
    """Whether no message waits, and none is being worked on or hidden after a failure."""
    sqs: Any = inbox.platform.aws.client("sqs")
    counts = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )["Attributes"]
    return {int(count) for count in counts.values()} == {0}
