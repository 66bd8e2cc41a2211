"""Encodes samples to a FLAC file in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from scribe.adapters.ffmpeg import ENVIRONMENT, PIPE_BYTES, LastLines, encode_command, pipe_of
from scribe.errors import PreparationInterrupted

if TYPE_CHECKING:
    from pathlib import Path

    from scribe.levels import Samples


class FlacEncoder:
    """Writes samples to a FLAC file; the encoder runs in a process of its own.

    Raises:
        PreparationInterrupted: from every method, when the encoder failed.
    """

    def __init__(self, ffmpeg_path: str, path: Path) -> None:
        self.path = path
        self._process = subprocess.Popen(  # noqa: S603  # the program is the deployer's setting
            encode_command(ffmpeg_path, path),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            pipesize=PIPE_BYTES,
        )
        self._input = pipe_of(self._process.stdin)
        self._messages = LastLines(pipe_of(self._process.stderr))

    def write(self, samples: Samples) -> None:
        """Encode more samples."""
        try:
            self._input.write(samples.astype("<i2", copy=False).tobytes())
        except BrokenPipeError as error:
            raise self._failure() from error

    def finish(self) -> None:
        """Wait until the file is complete."""
        try:
            self._input.close()
        except BrokenPipeError as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()
        self._messages.close()

    def abort(self) -> None:
        """End the encoder, whatever it is doing; harmless after `finish`."""
        self._process.kill()
        self._release()

    def _failure(self) -> PreparationInterrupted:
        self._release()
        return PreparationInterrupted(
            f"the encoder ended with status {self._process.returncode}: {self._messages.text}"
        )

    def _release(self) -> None:
        self._process.wait()
        self._messages.close()
        # Samples that are still buffered have nowhere to go.
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
