"""Decodes a recording of any format to samples at 16 kHz, on the player's clock."""

from __future__ import annotations

import os
import queue
import re
import signal
import struct
import subprocess
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from scribe.adapters.confinement import confine
from scribe.adapters.ffmpeg import (
    DECODER,
    ENVIRONMENT,
    FRAME_SAMPLES,
    PIPE_BYTES,
    LastLines,
    decode_command,
    pipe_of,
)
from scribe.clock import SAMPLE_RATE
from scribe.errors import AudioEmpty, AudioUnreadable, NoAudioTrack, PreparationInterrupted
from scribe.timeline import TimedBlock, on_the_clock

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from scribe.adapters.confinement import Confinement
    from scribe.timeline import Block

_FRAME_TIME: Final = re.compile(rb"frame:(\d+)\s+pts:(-?\d+)\s")

_CRASHES: Final = frozenset(
    -number
    for number in (
        *(signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGBUS),
        signal.SIGXFSZ,  # it wrote a file, and the decoder has none to write
    )
)
"""Statuses that the same file would bring about again."""
_TOLD_TO_END: Final = 255
"""ffmpeg's status after SIGTERM, SIGINT or SIGXCPU: it closes its output as if all were well."""
_SPENT: Final = 0.5
"""SIGXCPU is sent by counted ticks; the time that is reported is measured, and can be far less."""


def decode(ffmpeg_path: str, url: str, confinement: Confinement = DECODER) -> Generator[Block]:
    """Decode the first audio track of a recording.

    Time zero is the start of the container: a track that begins later is preceded by
    silence, and silence fills its gaps, so that samples count the player's time. What can
    be decoded of a damaged file is given out.

    Args:
        ffmpeg_path: the program.
        url: where the recording is served, on 127.0.0.1.
        confinement: what ffmpeg may take.

    Yields:
        Blocks of one second, the last one shorter, of shape (samples, 1 or 2) at 16 kHz.

    Raises:
        AudioUnreadable: nothing in the file can be decoded, or it takes too much to decode
            it, or ffmpeg crashes over it.
        NoAudioTrack: the file holds no audio track.
        AudioEmpty: the audio track holds not one sample.
        PreparationInterrupted: ffmpeg was killed or told to end.
    """
    times, times_of_ffmpeg = os.pipe()
    process = subprocess.Popen(  # noqa: S603  # the program is the deployer's setting
        decode_command(ffmpeg_path, url, times_of_ffmpeg),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
        pipesize=PIPE_BYTES,
        pass_fds=(times_of_ffmpeg,),
    )
    confine(process.pid, confinement)
    os.close(times_of_ffmpeg)
    output = pipe_of(process.stdout)
    messages = LastLines(pipe_of(process.stderr))
    heard = False
    try:
        for block in on_the_clock(_timed_blocks(output, _FrameTimes(times)), SAMPLE_RATE):
            heard = True
            yield block
        ended = _wait(process)
    finally:
        process.kill()
        process.wait()
        output.close()
        messages.close()
    # Operators read it, and the address means nothing to them.
    said = messages.text.replace(url, "the recording")
    ended.require_whole(said, confinement)
    if not heard:
        raise _diagnosis(process.returncode, said)


@dataclass(frozen=True)
class _Ended:
    """How ffmpeg ended, and what it took."""

    returncode: int
    processor_seconds: float

    def require_whole(self, messages: str, confinement: Confinement) -> None:
        """Refuse what a process gave out that was ended before it had read all."""
        stopped = self.returncode in (_TOLD_TO_END, -signal.SIGKILL)
        if stopped and self.processor_seconds > _SPENT * confinement.processor_seconds:
            limit = confinement.processor_seconds
            raise AudioUnreadable(f"decoding takes more than {limit} s of a processor")
        if "Cannot allocate memory" in messages:
            limit = confinement.memory_bytes
            raise AudioUnreadable(f"decoding takes more than {limit} bytes: {messages}")
        if self.returncode in _CRASHES:
            raise AudioUnreadable(f"ffmpeg crashed with signal {-self.returncode}")
        if self.returncode < 0:
            raise PreparationInterrupted(f"ffmpeg died of signal {-self.returncode}")
        if self.returncode == _TOLD_TO_END:
            raise PreparationInterrupted("ffmpeg was told to end")


def _wait(process: subprocess.Popen[bytes]) -> _Ended:
    """Wait for a process's end; Popen itself would not tell what it took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return _Ended(process.returncode, usage.ru_utime + usage.ru_stime)


def _timed_blocks(stream: IO[bytes], times: _FrameTimes) -> Iterator[TimedBlock]:
    channels = _channels(stream)
    if channels is None:
        return
    frame_bytes = 2 * channels
    while data := stream.read(FRAME_SAMPLES * frame_bytes):
        whole = len(data) - len(data) % frame_bytes
        samples = np.frombuffer(data[:whole], dtype="<i2").reshape(-1, channels)
        yield TimedBlock(times.next(), samples)


def _channels(stream: IO[bytes]) -> int | None:
    """Read a WAV header up to its samples; None where there is none."""
    if len(stream.read(12)) < 12:
        return None
    channels = None
    while len(header := stream.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        if name == b"data":
            return channels
        body = stream.read(size + size % 2)
        if name == b"fmt ":
            channels = int(struct.unpack_from("<H", body, 2)[0])
    return None


def _diagnosis(returncode: int, messages: str) -> Exception:
    if "matches no streams" in messages:
        return NoAudioTrack("the file has no audio track")
    if returncode == 0:
        return AudioEmpty(f"the audio track holds not one sample: {messages}")
    return AudioUnreadable(f"ffmpeg ended with status {returncode}: {messages}")


class _FrameTimes:
    """Reads where frames belong, as `decode_command` has ffmpeg say it."""

    def __init__(self, descriptor: int) -> None:
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        stream = os.fdopen(descriptor, "rb")
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def next(self) -> int | None:
        """Where the next frame belongs; None where it follows the one before.

        ffmpeg says it before it writes the frame, so that the wait is short.
        """
        line = self._lines.get()
        if match := _FRAME_TIME.match(line):
            number, sample = int(match[1]), int(match[2])
            return sample if number == 0 else None
        self._lines.put(line)  # the end, for whoever asks again
        return None

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                if _FRAME_TIME.match(line):
                    self._lines.put(line)
        self._lines.put(b"")
