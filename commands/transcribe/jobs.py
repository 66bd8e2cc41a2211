"""Uploads recordings as a user would, and follows their jobs until their owner was told."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from scribe import keys
from scribe.adapters.jobs_table import JobsTable

from commands.transcribe import history

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient
    from scribe.jobs import Job
    from scribe.shapes import LanguageChoice

UNSTARTED_SECONDS: Final = 120.0
"""So long after its upload a recording without a job is given up."""
UNTOLD_SECONDS: Final = 60.0
"""So long after its end a job without an e-mail is given up."""


class Aws(Protocol):
    """The part of a local AWS that is needed here."""

    @property
    def mailbox(self) -> Path:
        """The folder in which e-mails arrive."""

    def client(self, service: str) -> Any:  # noqa: ANN401  # boto3 makes each service's class at run time
        """A boto3 client."""


@dataclass
class Recording:
    """One file on its way; times in seconds of the clock that the caller chose."""

    file: Path
    stem: str
    language: LanguageChoice
    key: str = ""
    begun: float | None = None
    uploaded: float | None = None
    started: float | None = None
    ended: float | None = None
    told: float | None = None
    job: Job | None = None
    mail: Path | None = None
    history: history.History = field(default_factory=history.History)

    @property
    def position(self) -> tuple[str, float]:
        """What is being done with it, and the share of the work that is done."""
        if self.uploaded is None:
            return "uploading", 0.0
        if self.told is not None and self.job is not None:
            return ("done", 1.0) if self.job["status"] == "COMPLETED" else ("failed", 1.0)
        if self.ended is not None:
            return "sending the e-mail", 0.97
        return self.history.step, self.history.done

    def is_over(self, now: float) -> bool:
        """Whether there is nothing more to wait for."""
        if self.told is not None:
            return True
        if self.ended is not None:
            return now - self.ended > UNTOLD_SECONDS
        return (
            self.job is None
            and self.uploaded is not None
            and now - self.uploaded > UNSTARTED_SECONDS
        )


class Desk:
    """Hands recordings in and looks after them.

    Args:
        aws: the AWS that the platform is deployed to.
        outputs: of the deployed stack.
        clock: gives the present moment in seconds.
    """

    def __init__(
        self, aws: Aws, outputs: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._s3: S3Client = aws.client("s3")
        self._dynamodb: DynamoDBClient = aws.client("dynamodb")
        self._step_functions: SFNClient = aws.client("stepfunctions")
        self._outputs = outputs
        self._mailbox = aws.mailbox
        self._jobs = JobsTable(self._dynamodb, outputs["JobsTableName"])
        self.clock = clock

    def hand_in(self, recording: Recording) -> None:
        """Upload a recording to the inbox."""
        recording.begun = self.clock()
        folder = secrets.token_hex(8)  # one file handed in twice is two jobs
        recording.key = f"{keys.INBOX}/{recording.language}/{folder}/{recording.file.name}"
        self._s3.upload_file(str(recording.file), self._outputs["AudioBucketName"], recording.key)
        recording.uploaded = self.clock()

    def look(self, recordings: Sequence[Recording]) -> None:
        """Bring every recording up to date."""
        waiting = [each for each in recordings if each.uploaded is not None and each.told is None]
        if any(recording.job is None for recording in waiting):
            ids = self._job_ids()
        for recording in waiting:
            job_id = recording.job["job_id"] if recording.job else ids.get(recording.key)
            job = self._jobs.get(keys.INBOX, job_id) if job_id else None
            if job is not None:
                self._follow(recording, job)

    def save(self, job: Job, folder: Path, stem: str) -> dict[keys.TranscriptFormat, Path]:
        """Copy the transcript of a completed job, in each format."""
        folder.mkdir(parents=True, exist_ok=True)
        saved = {}
        for fmt in keys.TRANSCRIPT_FORMATS:
            saved[fmt] = folder / f"{stem}.{fmt}"
            key = keys.transcript(job["user_id"], job["job_id"], fmt)
            bucket = self._outputs["TranscriptsBucketName"]
            self._s3.download_file(bucket, key, str(saved[fmt]))
        return saved

    def _job_ids(self) -> dict[str, str]:
        """The inbox's jobs by the key of their recording, which alone the uploader knows."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._outputs["JobsTableName"],
            KeyConditionExpression="user_id = :inbox",
            ExpressionAttributeValues={":inbox": {"S": keys.INBOX}},
            ConsistentRead=True,
        )
        return {
            item["source"]["M"]["key"]["S"]: item["job_id"]["S"]
            for page in pages
            for item in page["Items"]
            if "source" in item
        }

    def _follow(self, recording: Recording, job: Job) -> None:
        now = self.clock()
        recording.job = job
        if recording.started is None:
            recording.started = now
        arn = job.get("execution_arn")
        if arn and recording.ended is None:
            recording.history = self._history(arn)
        is_terminal = job["status"] in {"COMPLETED", "FAILED"}
        if recording.ended is None and (is_terminal or recording.history.ended is not None):
            recording.ended = now
        recording.mail = self._mail(job)
        if recording.mail is not None:
            recording.told = now

    def _history(self, arn: str) -> history.History:
        pages = self._step_functions.get_paginator("get_execution_history").paginate(
            executionArn=arn, includeExecutionData=False
        )
        return history.read([event for page in pages for event in page["events"]])

    def _mail(self, job: Job) -> Path | None:
        """The e-mail about the job's present outcome."""
        notification = job.get("notification")
        if notification is None or notification["state"] != "SENT":
            return None
        if (notification["attempt"], notification["outcome"]) != (job["attempt"], job["status"]):
            return None
        return next(self._mailbox.glob(f"*{notification['message_id']}.eml"), None)
