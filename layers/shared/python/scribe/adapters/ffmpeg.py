"""ffmpeg as a decoder to 16 kHz samples and as a FLAC encoder, each a process with a pipe.

What an uploaded file may make ffmpeg do is limited: it reads one URL on this machine with
the demuxers named here, and its environment holds no credentials. A playlist or any other
file that points to further files is refused unread.
"""

from __future__ import annotations

import os
import struct
import subprocess
import threading
from collections import deque
from typing import IO, TYPE_CHECKING, Final, cast

import ffmpeg  # type: ignore[import-untyped]  # ships no types
import numpy as np

from scribe.clock import SAMPLE_RATE
from scribe.errors import AudioEmpty, AudioUnreadable, NoAudioTrack, PreparationInterrupted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from scribe.levels import Samples

_DEMUXERS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "mp3,mpc,mpc8,mpeg,mpegts,mxf,ogg,tta,voc,w64,wav,wv"
)
"""Containers and streams of audio and video that hold their data themselves."""

_PROTOCOLS: Final = "http,tcp,pipe"
_ENVIRONMENT: Final = {"PATH": os.defpath}
_PIPE_BYTES: Final = 1 << 20
_BLOCK_SAMPLES: Final = SAMPLE_RATE
_LAST_LINES: Final = 20
_FASTEST_COMPRESSION: Final = 0


def decode(ffmpeg_path: str, url: str) -> Generator[NDArray[np.int16]]:
    """Decode the first audio track of a recording.

    Time zero is the start of the container: a track that begins later is preceded by
    silence, and silence fills its gaps, so that samples count the player's time. What can
    be decoded of a damaged file is given out.

    Args:
        ffmpeg_path: the program.
        url: where the recording is served, on 127.0.0.1.

    Yields:
        Blocks of one second, the last one shorter, of shape (samples, 1 or 2) at 16 kHz.

    Raises:
        AudioUnreadable: nothing in the file can be decoded.
        NoAudioTrack: the file holds no audio track.
        AudioEmpty: the audio track holds not one sample.
        PreparationInterrupted: ffmpeg was killed or crashed.
    """
    process = subprocess.Popen(  # noqa: S603  # the program is the deployer's setting
        decode_command(ffmpeg_path, url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_ENVIRONMENT,
        pipesize=_PIPE_BYTES,
    )
    output = _pipe(process.stdout)
    messages = _LastLines(_pipe(process.stderr))
    heard = False
    try:
        for block in _blocks(output):
            heard = True
            yield block
        process.wait()
    finally:
        process.kill()
        process.wait()
        output.close()
        messages.close()
    if process.returncode < 0:
        raise PreparationInterrupted(f"ffmpeg died of signal {-process.returncode}")
    if not heard:
        raise _diagnosis(process.returncode, messages.text)


def decode_command(ffmpeg_path: str, url: str) -> list[str]:
    """The command that decodes a recording to a WAV stream on its standard output."""
    source = ffmpeg.input(url, protocol_whitelist=_PROTOCOLS, format_whitelist=_DEMUXERS, threads=1)
    stream = (
        source["a:0"]
        # `async` fills gaps of over 0.1 s, `first_pts` a late start.
        .filter("aresample", SAMPLE_RATE, **{"async": 1, "first_pts": 0})
        .filter("aformat", sample_fmts="s16", channel_layouts="mono|stereo")
        # Writing a second at a time spares half of the system calls.
        .filter("asetnsamples", n=_BLOCK_SAMPLES, pad=0)
        # The WAV header tells the number of channels, which raw samples would not.
        .output("pipe:1", format="wav", acodec="pcm_s16le", fflags="+bitexact")
        .global_args("-hide_banner", "-nostdin", "-loglevel", "error")
        .global_args("-filter_complex_threads", "1")
    )
    return _compiled(stream, ffmpeg_path)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    return cast("IO[bytes]", stream)  # Popen makes a stream of every PIPE it is given


def _compiled(stream: ffmpeg.nodes.OutputStream, ffmpeg_path: str) -> list[str]:
    command: list[str] = ffmpeg.compile(stream, cmd=ffmpeg_path)
    return command


def _blocks(stream: IO[bytes]) -> Iterator[NDArray[np.int16]]:
    channels = _channels(stream)
    if channels is None:
        return
    frame_bytes = 2 * channels
    while data := stream.read(_BLOCK_SAMPLES * frame_bytes):
        whole = len(data) - len(data) % frame_bytes
        if whole:
            yield np.frombuffer(data[:whole], dtype="<i2").reshape(-1, channels)


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


class _LastLines:
    """Reads a process's messages while it runs, and keeps the last ones."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque(maxlen=_LAST_LINES)
        self._thread = threading.Thread(target=self._lines.extend, args=(stream,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join()
        self._stream.close()

    @property
    def text(self) -> str:
        return b" | ".join(line.strip() for line in self._lines).decode("utf-8", "replace")


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
            env=_ENVIRONMENT,
            pipesize=_PIPE_BYTES,
        )
        self._input = _pipe(self._process.stdin)
        self._messages = _LastLines(_pipe(self._process.stderr))

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
        self._process.wait()
        self._messages.close()
        try:
            self._input.close()
        except BrokenPipeError:
            return  # what was still buffered is not wanted

    def _failure(self) -> PreparationInterrupted:
        self._process.wait()
        self._messages.close()
        return PreparationInterrupted(
            f"the encoder ended with status {self._process.returncode}: {self._messages.text}"
        )


def encode_command(ffmpeg_path: str, path: Path) -> list[str]:
    """The command that encodes raw samples from its standard input to a FLAC file."""
    stream = (
        ffmpeg.input("pipe:0", format="s16le", ar=SAMPLE_RATE, ac=1)
        .output(
            str(path),
            format="flac",
            acodec="flac",
            compression_level=_FASTEST_COMPRESSION,
            threads=1,
        )
        .global_args("-hide_banner", "-loglevel", "error")
        .overwrite_output()
    )
    return _compiled(stream, ffmpeg_path)
