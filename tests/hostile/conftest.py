"""What the hostile files meet: buckets, a table, a canary, and an ffmpeg under watch."""

from __future__ import annotations

import itertools
import os
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import pytest
from moto import mock_aws
from scribe import ulid
from scribe.adapters import aws
from scribe.adapters.audio_preparer import AudioPreparer, Limits
from scribe.jobs import NewJob

from tests.hostile.case import Workshop
from tests.hostile.corpus.bombs import LONGEST_SECONDS
from tests.hostile.watch import strace_works
from tests.unit.audio_support import BUCKET, tone, uploaded, wav
from tests.unit.jobs_support import USER, Clock, arn, jobs_table, usage_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.usage_table import UsageTable
    from scribe.shapes import Preparation

WORK, TRANSCRIPTS = "work", "transcripts"
LARGEST_BYTES: Final = 32 << 20


class Canary(ThreadingHTTPServer):
    """Serves a good recording on 127.0.0.1, and remembers that it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Sings)
        self.visits = 0

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002  # the base class's signature
        self.visits += 1
        return True


class _Sings(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = wav(tone(1))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing: `visits` tells."""


@dataclass(frozen=True)
class Platform:
    """The step that meets an upload first, and what it stands on."""

    s3: S3Client
    jobs: JobsTable
    usage: UsageTable
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def prepare(
        self, ffmpeg: str, body: bytes, file_name: str, longest_seconds: int = LONGEST_SECONDS
    ) -> Preparation:
        """Upload a file and prepare it, as the state PrepareAudio does."""
        job_id = ulid.create(next(self._numbers), bytes(10))
        source = uploaded(self.s3, body, key=f"{USER}/{job_id}/{file_name}")
        self.jobs.create(
            NewJob(USER, job_id, file_name, language="auto", ui_language="en", email=None)
        )
        self.jobs.claim_attempt(
            USER, job_id, attempt=1, execution_arn=arn(1, job_id), source=source
        )
        preparer = AudioPreparer(
            s3=self.s3,
            jobs=self.jobs,
            usage=self.usage,
            ffmpeg_path=ffmpeg,
            work_bucket=WORK,
            transcripts_bucket=TRANSCRIPTS,
            limits=Limits(seconds=longest_seconds, bytes=LARGEST_BYTES),
        )
        return preparer.prepare(
            {
                "version": 1,
                "user_id": USER,
                "job_id": job_id,
                "attempt": 1,
                "source": source,
                "file_name": file_name,
                "language": "auto",
                "vocabulary": "",
                "execution_arn": arn(1, job_id),
            }
        )


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with mock_aws():
        s3 = aws.s3()
        for bucket in (BUCKET, WORK, TRANSCRIPTS):
            s3.create_bucket(Bucket=bucket)
        yield Platform(s3, jobs_table(Clock()), usage_table())


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def workshop(tmp_path: Path, canary: Canary) -> Workshop:
    file = tmp_path / "canary.wav"
    file.write_bytes(wav(tone(1)))
    folder = tmp_path / "workshop"
    folder.mkdir()
    return Workshop(folder, file, canary.server_port)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture(scope="session")
def strace() -> bool:
    """Whether a process can be watched here; on CI it must be possible."""
    works = strace_works()
    if not works and os.environ.get("CI"):
        pytest.fail("strace is missing, or may not look at other processes")
    return works
