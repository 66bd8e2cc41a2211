"""The ffmpeg commands, and what every ffmpeg process is given and denied.

What an uploaded file may make ffmpeg do is limited: it reads one URL on this machine with
the demuxers named here, and its environment holds no credentials. A playlist or any other
file that points to further files is refused unread.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import IO, TYPE_CHECKING, Final, cast

import ffmpeg  # type: ignore[import-untyped]  # ships no types

from scribe.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT: Final = {
    "PATH": os.defpath,
    # The static build crashes when it loads the system's character sets, which it does for
    # the names of MPEG-TS programmes; without them it leaves such names as they are.
    "GCONV_PATH": "/nonexistent",
}

PIPE_BYTES: Final = 1 << 20

FRAME_SAMPLES: Final = SAMPLE_RATE // 4
"""How many samples the decoder writes at a time: few system calls, and little to lose where
a recording changes its format in the middle and ffmpeg drops an unfinished frame."""

_DEMUXERS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "mp3,mpc,mpc8,mpeg,mpegts,mxf,ogg,tta,voc,w64,wav,wv"
)
"""Containers and streams of audio and video that hold their data themselves."""

_PROTOCOLS: Final = "http,tcp,pipe"
_FASTEST_COMPRESSION: Final = 0
_LAST_LINES: Final = 20


def decode_command(ffmpeg_path: str, url: str, times_descriptor: int) -> list[str]:
    """The command that decodes the first audio track to a WAV stream on standard output.

    Args:
        ffmpeg_path: the program.
        url: the recording.
        times_descriptor: the file descriptor on which ffmpeg says, in one line for each
            frame of `FRAME_SAMPLES`, at which sample it belongs.
    """
    source = ffmpeg.input(url, protocol_whitelist=_PROTOCOLS, format_whitelist=_DEMUXERS, threads=1)
    stream = (
        source["a:0"]
        # `async=1` fills gaps of over 0.1 s. Not `first_pts`: where the format changes in
        # the middle, the filters begin anew, and would fill the past with silence again.
        .filter("aresample", SAMPLE_RATE, **{"async": 1})
        .filter("aformat", sample_fmts="s16", channel_layouts="mono|stereo")
        .filter("asetnsamples", n=FRAME_SAMPLES, pad=0)
        # Only frames with some metadata are printed.
        .filter("ametadata", mode="add", key="timed", value="1")
        .filter("ametadata", mode="print", file=f"pipe:{times_descriptor}", direct=1)
        # The WAV header tells the number of channels, which raw samples would not.
        .output("pipe:1", format="wav", acodec="pcm_s16le", fflags="+bitexact")
        .global_args("-hide_banner", "-nostdin", "-loglevel", "error")
        .global_args("-filter_complex_threads", "1")
    )
    return _compiled(stream, ffmpeg_path)


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


def _compiled(stream: ffmpeg.nodes.OutputStream, ffmpeg_path: str) -> list[str]:
    command: list[str] = ffmpeg.compile(stream, cmd=ffmpeg_path)
    return command


def pipe_of(stream: IO[bytes] | None) -> IO[bytes]:
    """A process's stream that was asked for as a PIPE; Popen then always makes one."""
    return cast("IO[bytes]", stream)


class LastLines:
    """Reads a process's messages while it runs, and keeps the last ones."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque(maxlen=_LAST_LINES)
        self._thread = threading.Thread(target=self._lines.extend, args=(stream,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the last message: the process has ended."""
        self._thread.join()
        self._stream.close()

    @property
    def text(self) -> str:
        """The messages in one line."""
        return b" | ".join(line.strip() for line in self._lines).decode("utf-8", "replace")
