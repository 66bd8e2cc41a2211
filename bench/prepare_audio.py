"""Measures PrepareAudio on a long stereo MP3: seconds, processor time and memory.

    python -m bench.prepare_audio [--long] [--ffmpeg PATH]

S3 and DynamoDB are moto's, in a process of their own, so that neither memory nor the
recording's bytes count as ours.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scribe.adapters import aws
from scribe.adapters.audio_preparer import AudioPreparer, Limits
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.usage_table import UsageTable
from scribe.jobs import NewJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.shapes import PreparationRequest, Source

_USER: Final = "bench"
_JOB: Final = "01JD8Y0000000000000000000Z"
_ARN: Final = f"arn:aws:states:us-east-1:123456789012:execution:transcription:{_JOB}"
_AUDIO, _WORK, _TRANSCRIPTS = "audio", "work-chunks", "transcripts"
_TABLE, _USAGE = "jobs", "usage"
_BYTES_A_SECOND: Final = 16_000
_MINUTES_MADE: Final = 10
_TEXT: Final = (
    "We met at the station, and then, after a while, we walked along the river until it was "
    "dark. Nobody said a word about the weather. In the morning the letters were on the table."
)


@dataclass(frozen=True)
class Figures:
    """What one preparation took; memory in MB."""

    seconds: float
    own_cpu_seconds: float
    ffmpeg_cpu_seconds: float
    own_memory: float
    memory_before: float
    chunks: int


def main() -> None:
    """Make the recording, prepare it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="8 hours and not 2")
    parser.add_argument("--ffmpeg", default="/usr/bin/ffmpeg")
    chosen = parser.parse_args()
    hours = 8 if chosen.long else 2
    with tempfile.TemporaryDirectory() as folder, _local_aws():
        recording = Path(folder, "recording.mp3")
        _make(recording, hours, chosen.ffmpeg)
        source = _upload(recording)
        # A fresh process, whose memory is that of the preparation alone.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
            figures = processes.submit(measure, source, chosen.ffmpeg).result()
    print(f"{hours} h of stereo MP3, {source['size_bytes'] / 1e6:.0f} MB, {figures.chunks} chunks")
    print(f"elapsed             {figures.seconds:8.1f} s")
    print(f"processor, Python   {figures.own_cpu_seconds:8.1f} s")
    print(f"processor, ffmpeg   {figures.ffmpeg_cpu_seconds:8.1f} s")
    print(f"peak memory, Python {figures.own_memory:8.0f} MB ({figures.memory_before:.0f} at rest)")


def measure(source: Source, ffmpeg_path: str) -> Figures:
    """Prepare the recording in this process and measure it."""
    preparer = AudioPreparer(
        s3=aws.s3(),
        jobs=JobsTable(aws.dynamodb(), _TABLE),
        usage=UsageTable(aws.dynamodb(), _USAGE),
        ffmpeg_path=ffmpeg_path,
        work_bucket=_WORK,
        transcripts_bucket=_TRANSCRIPTS,
        limits=Limits(seconds=24 * 3600, bytes=20 * 2**30),
    )
    request: PreparationRequest = {
        "version": 1,
        "user_id": _USER,
        "job_id": _JOB,
        "attempt": 1,
        "source": source,
        "file_name": "recording.mp3",
        "language": "auto",
        "vocabulary": "",
        "execution_arn": _ARN,
    }
    before = _peak_megabytes()
    own, ffmpeg = _cpu_seconds(resource.RUSAGE_SELF), _cpu_seconds(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    preparation = preparer.prepare(request)
    return Figures(
        seconds=time.monotonic() - began,
        own_cpu_seconds=_cpu_seconds(resource.RUSAGE_SELF) - own,
        ffmpeg_cpu_seconds=_cpu_seconds(resource.RUSAGE_CHILDREN) - ffmpeg,
        own_memory=_peak_megabytes(),
        memory_before=before,
        chunks=len(preparation["chunks"]),
    )


def _make(path: Path, hours: int, ffmpeg_path: str) -> None:
    """Speak for ten minutes and repeat that: MP3 frames may follow one another."""
    speech, part = path.with_name("speech.wav"), path.with_name("part.mp3")
    subprocess.run(["/usr/bin/espeak-ng", "-v", "en-us", "-w", speech, _TEXT], check=True)
    options = [
        "-ar",
        "44100",
        "-ac",
        "2",
        "-b:a",
        "128k",
        "-write_xing",
        "0",
        "-id3v2_version",
        "0",
    ]
    loop = ["-stream_loop", "-1", "-i", str(speech), "-t", str(_MINUTES_MADE * 60)]
    quiet = ["-nostdin", "-loglevel", "error", "-y"]
    subprocess.run([ffmpeg_path, *quiet, *loop, *options, part], check=True)
    body = part.read_bytes()[: _MINUTES_MADE * 60 * _BYTES_A_SECOND]
    with path.open("wb") as file:
        for _ in range(hours * 60 // _MINUTES_MADE):
            file.write(body)


@contextlib.contextmanager
def _local_aws() -> Iterator[None]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106  # moto asks for one and checks none
        AWS_DEFAULT_REGION="us-east-1",
    )
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.1)
    raise TimeoutError("moto did not start within 30 s")


def _upload(path: Path) -> Source:
    s3, dynamodb = aws.s3(), aws.dynamodb()
    for bucket in (_AUDIO, _WORK, _TRANSCRIPTS):
        s3.create_bucket(Bucket=bucket)
    with path.open("rb") as body:
        etag = s3.put_object(Bucket=_AUDIO, Key="recording", Body=body)["ETag"]
    source: Source = {
        "bucket": _AUDIO,
        "key": "recording",
        "size_bytes": path.stat().st_size,
        "etag": etag.strip('"'),
        "version_id": None,
    }
    for table, sort_key in ((_TABLE, "job_id"), (_USAGE, "day")):
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "user_id", "AttributeType": "S"},
                {"AttributeName": sort_key, "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "user_id", "KeyType": "HASH"},
                {"AttributeName": sort_key, "KeyType": "RANGE"},
            ],
        )
    jobs = JobsTable(dynamodb, _TABLE)
    jobs.create(NewJob(_USER, _JOB, path.name, language="auto", ui_language="en", email=None))
    jobs.claim_attempt(_USER, _JOB, attempt=1, execution_arn=_ARN, source=source)
    return source


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
