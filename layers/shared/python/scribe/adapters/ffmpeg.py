"""The ffmpeg commands, and what every ffmpeg process is given and denied.

What an uploaded file may make ffmpeg do is limited: it reads one URL on this machine with
the demuxers and decoders named here, within `DECODER`, and its environment holds no
credentials. A playlist or any other file that points to further files is refused unread.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import IO, TYPE_CHECKING, Final, cast

import ffmpeg  # type: ignore[import-untyped]  # ships no types

from scribe.adapters.confinement import Confinement
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

_DECODERS: Final = (
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,alac,als,amrnb,"
    "amrwb,ape,atrac3,atrac3plus,dca,dvaudio,eac3,flac,g723_1,g726,gsm,gsm_ms,ilbc,libopencore_amrnb,"
    "libopencore_amrwb,libopus,libspeex,libvorbis,mace3,mace6,mlp,mp1,mp1float,mp2,mp2float,mp3,"
    "mp3adu,mp3adufloat,mp3float,mp3on4,mp3on4float,mpc7,mpc8,nellymoser,opus,pcm_alaw,pcm_bluray,"
    "pcm_dvd,pcm_f16le,pcm_f24le,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,"
    "pcm_s16be_planar,pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24le,pcm_s24le_planar,pcm_s32be,"
    "pcm_s32le,pcm_s32le_planar,pcm_s64be,pcm_s64le,pcm_s8,pcm_s8_planar,pcm_u16be,pcm_u16le,"
    "pcm_u24be,pcm_u24le,pcm_u32be,pcm_u32le,pcm_u8,pcm_vidc,qcelp,qdm2,qdmc,s302m,speex,truehd,"
    "truespeech,tta,vorbis,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice"
)
"""The audio that those containers hold. Pictures are not decoded, not even to learn their size:
ffmpeg has hundreds of decoders that a file may choose from, and the product needs these."""

_PROTOCOLS: Final = "http,tcp,pipe"

_LONGEST_GAP_SECONDS: Final = 1800
"""A clock that jumps further ahead is taken for a broken one, and the gap is closed: ffmpeg
keeps the silence of a gap in its memory, and a few bytes can announce hours."""

_SMALL: Final = {"sample_fmts": "s16", "channel_layouts": "stereo|mono"}
"""Stereo first: that is what more than two channels are mixed to."""

DECODER: Final = Confinement(
    # The longest gap takes 270 MB; the index of a film of 24 h, by its number of frames, 250 MB.
    memory_bytes=1 << 30,
    # 24 h of audio take a tenth of this; the function has 900 s for everything.
    processor_seconds=600,
    file_bytes=0,
    open_files=64,
)
"""What decoding one recording may take."""

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
    source = ffmpeg.input(
        url,
        protocol_whitelist=_PROTOCOLS,
        format_whitelist=_DEMUXERS,
        codec_whitelist=_DECODERS,
        threads=1,
    )
    stream = (
        source["a:0"]
        # Made small first: a gap is filled in the format that arrives at the next filter.
        .filter("aresample", SAMPLE_RATE)
        .filter("aformat", **_SMALL)
        # `async=1` fills gaps of over 0.1 s. Not `first_pts`: where the format changes in
        # the middle, the filters begin anew, and would fill the past with silence again.
        .filter("aresample", SAMPLE_RATE, **{"async": 1})
        .filter("aformat", **_SMALL)
        .filter("asetnsamples", n=FRAME_SAMPLES, pad=0)
        # Only frames with some metadata are printed.
        .filter("ametadata", mode="add", key="timed", value="1")
        .filter("ametadata", mode="print", file=f"pipe:{times_descriptor}", direct=1)
        # The WAV header tells the number of channels, which raw samples would not.
        .output("pipe:1", format="wav", acodec="pcm_s16le", fflags="+bitexact")
        .global_args("-hide_banner", "-nostdin", "-loglevel", "error")
        .global_args("-filter_complex_threads", "1")
        .global_args("-dts_error_threshold", str(_LONGEST_GAP_SECONDS))
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
