"""Uploads to a deployed platform, and everything that came of each."""

from __future__ import annotations

import email
import email.policy
import json
import time
from typing import TYPE_CHECKING, Final, TypeVar, cast

from boto3.dynamodb.types import TypeDeserializer
from scribe import keys, paragraphs
from scribe.adapters.jobs_table import JobsTable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from email.message import EmailMessage

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef
    from mypy_boto3_stepfunctions import SFNClient
    from scribe.jobs import Job
    from scribe.shapes import Transcript

    from commands.platform import Platform
    from tests.e2e.recordings import Upload

LOOK_SECONDS: Final = 0.25
PATIENCE_SECONDS: Final = 480.0
"""Far more than the slowest machine needs: only what hangs takes so long."""

Found = TypeVar("Found")


class Inbox:
    """A platform as it is met from outside: a bucket to upload to, and what comes back.

    Args:
        platform: a running one.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.s3: S3Client = platform.aws.client("s3")
        self._dynamodb: DynamoDBClient = platform.aws.client("dynamodb")
        self._step_functions: SFNClient = platform.aws.client("stepfunctions")
        self.jobs = JobsTable(self._dynamodb, platform.outputs["JobsTableName"])
        self.audio_bucket = platform.outputs["AudioBucketName"]
        self.transcripts_bucket = platform.outputs["TranscriptsBucketName"]
        self.work_bucket = platform.outputs["WorkBucketName"]

    def put(self, upload: Upload) -> str:
        """Upload a recording as `aws s3 cp` would, and return its key."""
        key = f"{keys.INBOX}/{upload.language}/{upload.name}"
        self.s3.put_object(Bucket=self.audio_bucket, Key=key, Body=upload.body)
        return key

    def wait(self, uploaded: Collection[str], seconds: float = PATIENCE_SECONDS) -> dict[str, Job]:
        """The jobs of uploads, by key, when all owners were told how theirs ended."""

        def told() -> dict[str, Job] | None:
            found = {job["source"]["key"]: job for job in self._jobs() if "source" in job}
            waiting = [key for key in uploaded if not _is_told(found.get(key))]
            return None if waiting else {key: self._reread(found[key]) for key in uploaded}

        return eventually(told, seconds, self._statuses)

    def stored(self, job: Job, name: str) -> GetObjectOutputTypeDef:
        """One of the job's objects in the transcripts bucket, such as `transcript.txt`."""
        key = keys.job_prefix(job["user_id"], job["job_id"]) + name
        return self.s3.get_object(Bucket=self.transcripts_bucket, Key=key)

    def text(self, job: Job, fmt: keys.TranscriptFormat) -> str:
        """The job's transcript in one of its formats."""
        return self.stored(job, f"transcript.{fmt}")["Body"].read().decode()

    def spoken(self, job: Job) -> str:
        """The job's text file without what the platform itself says in it."""
        blocks = self.text(job, "txt").strip().split("\n\n")
        said = " ".join(block for block in blocks if not block.startswith("["))
        return said.replace(f" {paragraphs.DOUBT_MARK}", "")

    def transcript(self, job: Job) -> Transcript:
        """The job's transcript with all that is known about it."""
        return cast("Transcript", json.loads(self.text(job, "json")))

    def mails(self, job: Job) -> list[EmailMessage]:
        """The mails about a job, in the order in which they were sent."""
        return [mail for mail in self._mailbox() if job["job_id"] in text_of(mail)]

    def executions(self, job: Job) -> list[str]:
        """The ARNs of all executions that were ever started for a job."""
        machine = self.platform.outputs["StateMachineArn"]
        pages = self._step_functions.get_paginator("list_executions").paginate(
            stateMachineArn=machine
        )
        return [
            execution["executionArn"]
            for page in pages
            for execution in page["executions"]
            if execution["name"].startswith(job["job_id"])
        ]

    def _mailbox(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.platform.aws.mailbox.glob("*.eml"))
        ]

    def _jobs(self) -> list[Job]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self.platform.outputs["JobsTableName"], ConsistentRead=True
        )
        decode = TypeDeserializer().deserialize
        rows = [
            {name: decode(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]
        return cast("list[Job]", rows)

    def _reread(self, job: Job) -> Job:
        """The row as the platform's own parts read it: numbers are no decimals."""
        row = self.jobs.get(job["user_id"], job["job_id"])
        assert row is not None
        return row

    def _statuses(self) -> str:
        return ", ".join(f"{job['file_name']!r}: {job['status']}" for job in self._jobs())


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """One of the two forms of a mail: `plain` or `html`."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def eventually(
    look: Callable[[], Found | None],
    seconds: float,
    describe: Callable[[], str] = lambda: "nothing",
) -> Found:
    """Look until something is found, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"after {seconds} s there is {describe()}")


def _is_told(job: Job | None) -> bool:
    return (
        job is not None
        and job["status"] in {"COMPLETED", "FAILED"}
        and job.get("notification", {}).get("state") == "SENT"
    )
