"""A bucket and two queues in moto, and a worker made of real parts around the fake engine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.storage import Storage
from worker.assignment import Desk
from worker.chunk import Work
from worker.deliveries import Queues
from worker.engine.fake import FakeEngine
from worker.fleet import Fleet
from worker.progress import DoneChunks
from worker.settings import FleetSettings

from tests.worker.real_engine import load_engine
from tests.worker.support import WORK_BUCKET, RecordingCallbacks, message, silence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient
    from scribe.shapes import ChunkTask
    from worker.engine.protocol import Engine
    from worker.engine.whisperx_engine import WhisperXEngine


@dataclasses.dataclass
class Platform:
    """What surrounds a worker."""

    storage: Storage
    sqs: SQSClient
    chunks_url: str
    detect_url: str
    callbacks: RecordingCallbacks
    done: DoneChunks = dataclasses.field(default_factory=DoneChunks)

    def put_audio(self, task: ChunkTask) -> None:
        seconds = (task["end_sample"] - task["start_sample"]) / 16_000
        self.storage.write_bytes(task["audio"], silence(seconds), content_type="audio/flac")

    def send(self, task: ChunkTask, token: str = "token-0") -> None:
        self.put_audio(task)
        url = self.detect_url if task["kind"] == "detect" else self.chunks_url
        self.sqs.send_message(QueueUrl=url, MessageBody=message(task, token))

    def settings(self, *, chunks: int = 1, stop_timeout_seconds: int = 60) -> FleetSettings:
        return FleetSettings(
            chunks_queue_url=self.chunks_url,
            detect_queue_url=self.detect_url,
            poll_seconds=0,
            recycle_after_chunks=chunks,
            stop_timeout_seconds=stop_timeout_seconds,
        )

    def desk(self) -> Desk:
        queues = Queues(self.sqs, (self.detect_url, self.chunks_url), visibility_seconds=30)
        return Desk(queues, self.callbacks, self.storage, self.done)

    def worker(self, engine: Engine | None = None, settings: FleetSettings | None = None) -> Fleet:
        work = Work(engine or FakeEngine(), ("en", "es"), self.storage)
        return Fleet(self.desk(), work, settings or self.settings())

    def waiting(self) -> int:
        return self._count("ApproximateNumberOfMessages")

    def in_flight(self) -> int:
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def _count(self, name: str) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.chunks_url, AttributeNames=["All"])
        return int(answer["Attributes"][name])  # type: ignore[index]  # the name is one of theirs


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        s3, sqs = aws.s3(), aws.sqs()
        s3.create_bucket(Bucket=WORK_BUCKET)
        yield Platform(
            storage=Storage(s3),
            sqs=sqs,
            chunks_url=sqs.create_queue(QueueName="chunks")["QueueUrl"],
            detect_url=sqs.create_queue(QueueName="detect")["QueueUrl"],
            callbacks=RecordingCallbacks(),
        )


@pytest.fixture(scope="session")
def engine() -> WhisperXEngine:
    """Loaded once: importing torch and WhisperX takes longer than all tests with it."""
    return load_engine()
