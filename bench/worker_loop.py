"""What a worker adds to its model, per chunk: `python -m bench.worker_loop`.

An engine of known speed works on 10-minute chunks from a queue and a bucket on this machine.
Printed: the time from the end of one chunk's work to the start of the next one's, and when the
next chunk's audio had arrived. With a free engine nothing can be fetched ahead, so that its
figure holds the whole of each chunk's way.
"""

from __future__ import annotations

import logging
import os
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import boto3
import numpy as np
from moto.server import ThreadedMotoServer
from scribe.adapters.storage import Storage
from worker.assignment import Desk
from worker.chunk import Work
from worker.deliveries import Queues
from worker.engine.fake import FakeEngine
from worker.fleet import Fleet
from worker.settings import FleetSettings

from tests.worker.support import WORK_BUCKET, RecordingCallbacks, chunk_task, flac, message

if TYPE_CHECKING:
    from scribe.shapes import Language
    from worker.engine.protocol import Progress, Samples, Transcription

_CHUNK_SECONDS: Final = 600.0
_CHUNKS: Final = 8
_TARGET_MILLISECONDS: Final = 150


@dataclass
class Watch:
    """When the model worked, and when each chunk's audio was there; monotonic seconds."""

    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)


class WatchedEngine(FakeEngine):
    """The fake, with a look at the clock before and after."""

    def __init__(self, watch: Watch, model_seconds: float) -> None:
        super().__init__(seconds_per_audio_second=model_seconds / _CHUNK_SECONDS)
        self._watch = watch

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,
        progress: Progress,
    ) -> Transcription:
        """See the protocol."""
        self._watch.began.append(time.monotonic())
        result = super().transcribe(
            samples, language, vocabulary=vocabulary, batch_scale=batch_scale, progress=progress
        )
        self._watch.ended.append(time.monotonic())
        return result


class WatchedStorage(Storage):
    """S3, with a look at the clock when audio has arrived."""

    watch: Watch

    def read_bytes(self, reference: object) -> bytes:
        """See `Storage`."""
        body = super().read_bytes(reference)  # type: ignore[arg-type]  # handed through
        self.watch.fetched.append(time.monotonic())
        return body


def measure(endpoint: str, body: bytes, model_seconds: float) -> tuple[list[float], int]:
    """Let one worker do some chunks.

    Returns:
        The milliseconds between one chunk's model time and the next one's, and how many chunks
        had their audio before the one before them was done.
    """
    sqs = boto3.client("sqs", endpoint_url=endpoint)
    url = sqs.create_queue(QueueName=f"chunks-{model_seconds}".replace(".", "-"))["QueueUrl"]
    watch = Watch()
    storage = WatchedStorage(boto3.client("s3", endpoint_url=endpoint))
    storage.watch = watch
    for index in range(_CHUNKS):
        task = chunk_task(index, seconds=_CHUNK_SECONDS)
        storage.write_bytes(task["audio"], body, content_type="audio/flac")
        storage.delete([task["result"]])
        sqs.send_message(QueueUrl=url, MessageBody=message(task, f"token-{index}"))
    settings = FleetSettings(chunks_queue_url=url, recycle_after_chunks=_CHUNKS, poll_seconds=1)
    desk = Desk(Queues(sqs, [url], settings.visibility_seconds), RecordingCallbacks(), storage)
    Fleet(desk, Work(WatchedEngine(watch, model_seconds), ("en", "es"), storage), settings).run()
    between = [
        (start - end) * 1000 for end, start in zip(watch.ended, watch.began[1:], strict=False)
    ]
    ahead = sum(
        any(begin < fetched < end for fetched in watch.fetched)
        for begin, end in zip(watch.began, watch.ended, strict=True)
    )
    return between, ahead


def main() -> None:
    """Measure and print a table."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "bench"
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=WORK_BUCKET)
    noise = np.random.default_rng(0).normal(0, 300, int(_CHUNK_SECONDS * 16_000))
    body = flac(noise.astype(np.int16))
    print(f"{_CHUNKS} chunks of {_CHUNK_SECONDS:.0f} s, {len(body) / 1e6:.1f} MB each")
    for model_seconds in (0.0, 5.0):
        between, ahead = measure(endpoint, body, model_seconds)
        print(
            f"model {model_seconds:.0f} s: median {statistics.median(between):.0f} ms, "
            f"longest {max(between):.0f} ms between chunks (target {_TARGET_MILLISECONDS}); "
            f"audio there in time {ahead} of {_CHUNKS - 1}"
        )
    server.stop()


if __name__ == "__main__":
    main()
