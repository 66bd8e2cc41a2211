"""Encodes samples to FLAC files and stores them in S3 while more samples are decoded."""

from __future__ import annotations

import tempfile
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from botocore.exceptions import BotoCoreError, ClientError

from scribe.adapters.flac_encoder import FlacEncoder
from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_s3 import S3Client

    from scribe.levels import Samples
    from scribe.shapes import ObjectReference

_UPLOADS_AT_ONCE: Final = 2


class FlacUploads:
    """Makes FLAC objects; leaving the context waits for all, or drops them after an error.

    At most three files lie on the disk at a time: one that grows and two on their way.

    Args:
        client: S3's client.
        ffmpeg_path: the encoder.

    Raises:
        PreparationInterrupted: from every method, when an encoder failed.
        StorageUnavailable: from every method, when S3 refuses or does not answer.
    """

    def __init__(self, client: S3Client, ffmpeg_path: str) -> None:
        self._client = client
        self._ffmpeg_path = ffmpeg_path
        self._folder = tempfile.TemporaryDirectory(prefix="flac-")
        self._threads = ThreadPoolExecutor(_UPLOADS_AT_ONCE, thread_name_prefix="upload")
        self._under_way: deque[Future[None]] = deque()
        self._growing: FlacEncoder | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._growing is not None:
                self._growing.abort()
            while self._under_way and error is None:
                self._under_way.popleft().result()
        finally:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._folder.cleanup()

    def write(self, samples: Samples) -> None:
        """Add samples to the file that grows; the first ones begin it."""
        if self._growing is None:
            path = Path(self._folder.name, f"{self._count}.flac")
            self._growing = FlacEncoder(self._ffmpeg_path, path)
            self._count += 1
        self._growing.write(samples)

    def store(self, reference: ObjectReference) -> None:
        """End the file that grows and store it; returns before it is stored."""
        encoder, self._growing = self._growing, None
        if encoder is None:
            raise ValueError("no samples were written")
        if len(self._under_way) == _UPLOADS_AT_ONCE:
            self._under_way.popleft().result()
        self._under_way.append(self._threads.submit(self._finish, encoder, reference))

    def _finish(self, encoder: FlacEncoder, reference: ObjectReference) -> None:
        encoder.finish()
        try:
            with encoder.path.open("rb") as body:
                self._client.put_object(
                    Bucket=reference["bucket"],
                    Key=reference["key"],
                    Body=body,
                    ContentType="audio/flac",
                )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"writing {reference['key']}: {error}") from error
        encoder.path.unlink()
