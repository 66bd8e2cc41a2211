"""A recording is over when its owner was told, or when waiting longer would be in vain."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from scribe.adapters.jobs_table import JobsTable
from scribe.jobs import NewJob

from commands.transcribe import report
from commands.transcribe.jobs import UNSTARTED_SECONDS, UNTOLD_SECONDS, Desk, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUTPUTS = {
    "AudioBucketName": "audio",
    "TranscriptsBucketName": "transcripts",
    "JobsTableName": "jobs",
}
JOB_ID = "01JAAAAAAAAAAAAAAAAAAAAAAA"


class MotoAws:
    """The services of moto, with a mailbox folder."""

    def __init__(self, mailbox: Path) -> None:
        self.mailbox = mailbox

    def client(self, service: str) -> Any:  # noqa: ANN401  # as the real one
        return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]  # any service


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoAws]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        aws = MotoAws(tmp_path)
        for bucket in ("audio", "transcripts"):
            aws.client("s3").create_bucket(Bucket=bucket)
        aws.client("dynamodb").create_table(
            TableName="jobs",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "user_id", "AttributeType": "S"},
                {"AttributeName": "job_id", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "user_id", "KeyType": "HASH"},
                {"AttributeName": "job_id", "KeyType": "RANGE"},
            ],
        )
        yield aws


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    file = tmp_path / "naïve + “talk” 🎙.mp3"
    file.write_bytes(b"sound")
    return Recording(file, "talk", "es")


def desk_at(aws: MotoAws, *moments: float) -> Desk:
    later = itertools.chain(moments, itertools.repeat(moments[-1]))
    return Desk(aws, OUTPUTS, clock=lambda: next(later))


def test_a_recording_is_uploaded_under_its_language_and_its_own_name(
    aws: MotoAws, recording: Recording
) -> None:
    desk = desk_at(aws, 0.0)

    desk.hand_in(recording)

    (found,) = aws.client("s3").list_objects_v2(Bucket="audio")["Contents"]
    assert found["Key"] == recording.key
    assert recording.key.startswith("inbox/es/")
    assert recording.key.endswith(f"/{recording.file.name}")


def test_one_file_handed_in_twice_is_two_uploads(aws: MotoAws, recording: Recording) -> None:
    desk = desk_at(aws, 0.0)

    desk.hand_in(recording)
    first = recording.key
    desk.hand_in(recording)

    assert recording.key != first


def test_an_upload_that_starts_no_job_is_given_up_and_named(
    aws: MotoAws, recording: Recording
) -> None:
    desk = desk_at(aws, 0.0)
    desk.hand_in(recording)

    desk.look([recording])

    assert not recording.is_over(UNSTARTED_SECONDS)
    assert recording.is_over(UNSTARTED_SECONDS + 1)
    entry = report.of(recording)
    assert entry["status"] == "FAILED"
    assert entry["error"] is not None
    assert entry["error"]["name"] == "JobMissing"


def ended(aws: MotoAws, recording: Recording, **fields: object) -> None:
    """Give the recording a row that ended as the fields say."""
    table = JobsTable(aws.client("dynamodb"), "jobs")
    table.create(NewJob("inbox", JOB_ID, recording.file.name, "es", "en", None))
    row = boto3.resource("dynamodb", region_name="us-east-1").Table("jobs")
    item = row.get_item(Key={"user_id": "inbox", "job_id": JOB_ID})["Item"]
    row.put_item(Item={**item, "source": {"key": recording.key}, "attempt": 1, **fields})  # type: ignore[dict-item]  # plain values


def test_a_failed_job_is_over_when_its_mail_has_arrived(aws: MotoAws, recording: Recording) -> None:
    desk = desk_at(aws, 0.0, 0.0, 7.0)
    desk.hand_in(recording)
    sent = {"attempt": 1, "outcome": "FAILED", "state": "SENT", "message_id": "m-1"}
    error = {"name": "NoAudioTrack", "message": "for operators"}
    ended(aws, recording, status="FAILED", error=error, notification=sent)

    desk.look([recording])
    assert not recording.is_over(7.0)

    (aws.mailbox / "0001-m-1.eml").write_text("To: a@example.com\nSubject: Señor\n\nText\n")
    desk.look([recording])

    assert recording.is_over(7.0)
    entry = report.of(recording)
    assert entry["email"] == {"to": "a@example.com", "subject": "Señor"}
    assert entry["error"] is not None
    assert entry["error"]["name"] == "NoAudioTrack"
    assert "has no audio track" in entry["error"]["message"]
    assert entry["outputs"] == dict.fromkeys(("json", "txt", "srt", "vtt"))
    assert entry["timings"]["total_seconds"] == 7.0


def test_a_job_whose_mail_never_comes_is_given_up(aws: MotoAws, recording: Recording) -> None:
    desk = desk_at(aws, 0.0)
    desk.hand_in(recording)
    ended(aws, recording, status="FAILED")

    desk.look([recording])

    assert not recording.is_over(UNTOLD_SECONDS)
    assert recording.is_over(UNTOLD_SECONDS + 1)


def test_the_mail_about_an_earlier_attempt_is_not_the_one(
    aws: MotoAws, recording: Recording
) -> None:
    desk = desk_at(aws, 0.0)
    desk.hand_in(recording)
    sent = {"attempt": 1, "outcome": "FAILED", "state": "SENT", "message_id": "m-1"}
    ended(aws, recording, status="FAILED", notification=sent, attempt=2)
    (aws.mailbox / "0001-m-1.eml").touch()

    desk.look([recording])

    assert recording.mail is None
