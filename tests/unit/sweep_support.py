"""The platform around `sweep` in moto: jobs at any point of their lives, and time that passes."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from moto import mock_aws
from moto.stepfunctions.models import stepfunctions_backends
from scribe import keys, ulid, uploads
from scribe.adapters import aws
from scribe.adapters.attempts import Attempts
from scribe.adapters.workflow import Workflow
from scribe.jobs import NewJob

from functions.sweep import composition
from functions.sweep.handler import sweep
from functions.sweep.run import Run
from tests.unit.edge_support import create_distribution
from tests.unit.jobs_support import (
    MACHINE,
    TABLE,
    USER,
    Clock,
    arn,
    complete,
    create_state_machine,
    jobs_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client
    from scribe.adapters.jobs_table import JobsTable
    from scribe.jobs import Job, UploadPlan
    from scribe.shapes import Source

    from functions.sweep.composition import Sweeps

AUDIO: Final = "audio"
WORK: Final = "work"
TRANSCRIPTS: Final = "transcripts"
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR
PLENTY_MS: Final = 300_000
SOUND: Final = b"sound"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """The platform in moto, with the function's settings in the environment."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "test")
    with mock_aws():
        made = Platform()
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@dataclass
class Platform:
    """The platform, its clock at the present moment: S3's own cannot be turned."""

    clock: Clock = field(default_factory=lambda: Clock(datetime.now(UTC)))
    jobs: JobsTable = field(init=False)
    s3: S3Client = field(init=False)
    queue_url: str = field(init=False)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.jobs = jobs_table(self.clock)
        self.s3 = aws.s3()
        for bucket in (AUDIO, WORK, TRANSCRIPTS):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=AUDIO, VersioningConfiguration={"Status": "Enabled"})
        create_state_machine()
        self.queue_url = aws.sqs().create_queue(QueueName="notifications")["QueueUrl"]
        self.attempts = Attempts(self.jobs, Workflow(aws.step_functions()), MACHINE)
        self._distribution = create_distribution()

    def environment(self) -> Mapping[str, str]:
        """The settings of the function, with the patience of `resources/parameters.yml`."""
        return {
            "JOBS_TABLE": TABLE,
            "AUDIO_BUCKET": AUDIO,
            "WORK_BUCKET": WORK,
            "TRANSCRIPTS_BUCKET": TRANSCRIPTS,
            "STATE_MACHINE_ARN": MACHINE,
            "NOTIFICATIONS_QUEUE_URL": self.queue_url,
            "EDGE_DISTRIBUTION_ID": self._distribution,
            "DEFAULT_LANGUAGE": "auto",
            "DEFAULT_UI_LANGUAGE": "es",
            "EVENT_PATIENCE_SECONDS": str(10 * MINUTE),
            "WORK_PATIENCE_SECONDS": str(30 * MINUTE),
            "DELETION_PATIENCE_SECONDS": str(3 * HOUR),
            "UPLOAD_DAYS": "1",
        }

    def sweeps(self) -> Sweeps:
        """The sweep's parts."""
        return composition.compose(self.environment())

    def sweep(self, run: Run | None = None) -> Run:
        """Sweep once."""
        run = run or Run(lambda: PLENTY_MS)
        sweep(self.sweeps(), run, self.clock())
        return run

    # Jobs at each point of their lives; each gives the job's id.

    def announced(self, *, parts: bool = False, shard: str | None = None) -> str:
        job_id = self._job_id(shard)
        size = 101 * 1024 * 1024 if parts else len(SOUND)
        key = keys.audio(USER, job_id, "mp3")
        plan: UploadPlan = {
            "key": key,
            "content_type": "audio/mpeg",
            "size_bytes": size,
            "part_bytes": uploads.part_bytes(size),
            "upload_id": self._begin_upload(key) if parts else None,
        }
        self.jobs.create(
            NewJob(USER, job_id, "a.mp3", "auto", "en", email="ana@example.com", upload=plan)
        )
        return job_id

    def uploaded(self, shard: str | None = None) -> str:
        """Its recording is there, and no event has come."""
        job_id = self.announced(shard=shard)
        self.s3.put_object(Bucket=AUDIO, Key=keys.audio(USER, job_id, "mp3"), Body=SOUND)
        return job_id

    def claimed(self) -> str:
        """Its first attempt is claimed, and its execution was not started."""
        job_id = self.uploaded()
        self.jobs.claim_attempt(
            USER, job_id, attempt=1, execution_arn=arn(1, job_id), source=self.source(job_id)
        )
        return job_id

    def queued(self) -> str:
        """Its execution runs, and has not begun to work."""
        job_id = self.uploaded()
        self.attempts.first(USER, job_id, self.source(job_id))
        return job_id

    def processing(self) -> str:
        job_id = self.queued()
        self.jobs.mark_processing(USER, job_id, execution_arn=arn(1, job_id))
        return job_id

    def failed(self) -> str:
        """Its owner was not told."""
        job_id = self.processing()
        self.end(job_id, "FAILED")
        self.jobs.fail(
            USER, job_id, execution_arn=arn(1, job_id), error_name="WorkerLost", message="broken"
        )
        return job_id

    def completed(self) -> str:
        """Its owner was not told."""
        job_id = self.processing()
        assert complete(aws.dynamodb(), arn(1, job_id), job_id)
        self.end(job_id, "SUCCEEDED")
        return job_id

    # What was made of them.

    def row(self, job_id: str, user_id: str = USER) -> Job:
        job = self.jobs.get(user_id, job_id)
        assert job is not None
        return job

    def source(self, job_id: str) -> Source:
        """The recording, as the event of S3 tells it."""
        key = keys.audio(USER, job_id, "mp3")
        (version,) = self.s3.list_object_versions(Bucket=AUDIO, Prefix=key)["Versions"]
        return {
            "bucket": AUDIO,
            "key": key,
            "size_bytes": version["Size"],
            "etag": version["ETag"].strip('"'),
            "version_id": version["VersionId"],
        }

    def end(self, job_id: str, status: str, attempt: int = 1) -> None:
        """End an execution, or let a redrive set it to RUNNING again."""
        backend: Any = stepfunctions_backends["123456789012"]["us-east-1"]
        execution = backend.describe_execution(arn(attempt, job_id))
        execution.status = status
        execution.stop_date = None if status == "RUNNING" else datetime.now(UTC)

    def executions(self) -> list[str]:
        """The names of all executions, sorted."""
        listed = aws.step_functions().list_executions(stateMachineArn=MACHINE)["executions"]
        return sorted(execution["name"] for execution in listed)

    def input_of(self, job_id: str, attempt: int = 1) -> Any:  # noqa: ANN401  # the schema is the type
        described = aws.step_functions().describe_execution(executionArn=arn(attempt, job_id))
        return json.loads(described["input"])

    def told(self) -> list[tuple[str, str]]:
        """What the notifications queue was sent: executions and their ends."""
        found = []
        while (
            messages := aws.sqs()
            .receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            .get("Messages")
        ):
            details = [json.loads(message["Body"])["detail"] for message in messages]
            found += [(detail["executionArn"], detail["status"]) for detail in details]
        return sorted(found)

    def stored(self, job_id: str) -> list[str]:
        """The keys of all that S3 holds of a job: versions, markers and uploads in parts."""
        found, prefix = [], keys.job_prefix(USER, job_id)
        for bucket in (AUDIO, WORK, TRANSCRIPTS):
            versions = self.s3.list_object_versions(Bucket=bucket, Prefix=prefix)
            parts = self.s3.list_multipart_uploads(Bucket=bucket, Prefix=prefix)
            found += [entry["Key"] for entry in versions.get("Versions", ())]
            found += [entry["Key"] for entry in versions.get("DeleteMarkers", ())]
            found += [entry["Key"] for entry in parts.get("Uploads", ())]
        return found

    def _begin_upload(self, key: str) -> str:
        return self.s3.create_multipart_upload(Bucket=AUDIO, Key=key)["UploadId"]

    def _job_id(self, shard: str | None) -> str:
        number = next(self._numbers)
        last = number % 32 if shard is None else ulid.ALPHABET.index(shard)
        return ulid.create(1_795_000_000_000, (number * 32 + last).to_bytes(10, "big"))
