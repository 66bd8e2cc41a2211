"""Small files that ask for much: memory, processor time, or hours of silence."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from scribe.errors import AudioEmpty, AudioTooLong, AudioUnreadable

from tests.hostile import ebml, flac, riff
from tests.hostile.boxes import Track, box, compressed_index, full_box, movie, numbers
from tests.hostile.case import SINE, Case, Heard, Refused, constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.case import Workshop

LONGEST_SECONDS: Final = 600
"""The longest recording that the tests of the corpus accept; in production it is a day."""

_SECOND: Final = bytes(32_000)
_TRACKS: Final = ebml.element(ebml.TRACKS, ebml.track())
_HOUR_MS: Final = 3_600_000


def _resumed_after(ms: int) -> bytes:
    blocks = (ebml.cluster(at, ebml.block(_SECOND)) for at in (0, 1000, ms, ms + 1000))
    return ebml.matroska(_TRACKS, *blocks)


def _jump_of_an_hour(shop: Workshop) -> bytes:
    moved = "aformat=channel_layouts=7.1,asetpts='PTS+if(gt(T,1),3600/TB,0)'"
    return shop.ffmpeg("jump.mkv", *SINE, "sine=d=2:r=48000", "-af", moved, "-c:a", "flac")


def _late(hours: int) -> Track:
    """A track that an empty edit puts off."""
    edits = numbers(2, hours * 3600 * 16_000, 0xFFFFFFFF, 1 << 16, 16_000, 0, 1 << 16)
    return Track(16_000, edits=box(b"edts", full_box(b"elst", edits)))


def _packed_blocks(_shop: Workshop) -> bytes:
    """Blocks of a few bytes that hold 9 MB each."""
    compressed = ebml.element(
        ebml.CONTENT_ENCODINGS,
        ebml.element(0x6240, ebml.number(0x5031, 0), ebml.element(0x5034, ebml.number(0x4254, 0))),
    )
    tracks = ebml.element(ebml.TRACKS, ebml.track(1, compressed))
    packed = zlib.compress(bytes(9_000_000), 9)
    return ebml.matroska(tracks, *(ebml.cluster(n * 281_250, ebml.block(packed)) for n in range(9)))


def _table_of(samples: int) -> Callable[[Workshop], bytes]:
    track = Track(samples, sample_bytes=4, sample_duration=1024, coding=b"mp4a")
    return constant(movie(bytes(1000), track))


BOMBS: Final = (
    Case(
        "ten minutes in 1 kB",
        "allowed: it is within the limit, and written as it comes",
        constant(flac.silence(LONGEST_SECONDS)),
        Heard(LONGEST_SECONDS),
    ),
    Case(
        "ten minutes and a second",
        "longer than allowed",
        constant(flac.silence(LONGEST_SECONDS + 1)),
        Refused(AudioTooLong),
    ),
    Case(
        "a pause of an hour in a recording of two seconds, in eight channels",
        "ffmpeg keeps a gap's silence in memory: 3 GB of it in two channels",
        _jump_of_an_hour,
        Heard(2, within=0.1),
    ),
    Case(
        "a pause of nine minutes",
        "allowed: it is filled with silence",
        constant(_resumed_after(9 * 60_000)),
        Heard(9 * 60 + 2),
    ),
    Case(
        "a clock that jumps ahead by 20 hours, twenty times",
        "each jump could be filled with silence",
        constant(
            ebml.matroska(
                _TRACKS, *(ebml.cluster(20 * _HOUR_MS * n, ebml.block(_SECOND)) for n in range(20))
            )
        ),
        Heard(20, within=1),
    ),
    Case(
        "a track that begins 20 hours after the other",
        "time zero is the player's, so that silence comes first",
        constant(movie(_SECOND, _late(20), Track(16_000))),
        Refused(AudioTooLong),
    ),
    Case(
        "an MP4 of 1.5 kB with a billion samples",
        "the index that ffmpeg builds would take 24 GB",
        _table_of(1_000_000_000),
        Refused(AudioEmpty),
    ),
    Case(
        "an MP4 of 1.5 kB with sixty million samples",
        "the index that ffmpeg builds would take 1.4 GB",
        _table_of(60_000_000),
        Refused(AudioEmpty),
    ),
    Case(
        "an MP4 whose index unpacks to a gibibyte",
        "it is unpacked in memory",
        constant(compressed_index(1 << 30)),
        Refused(AudioUnreadable),
    ),
    Case(
        "an MP4 of 900 tracks",
        "each track takes memory",
        constant(movie(_SECOND, *[Track(16_000)] * 900)),
        Heard(1),
    ),
    Case(
        "Matroska blocks of 9 MB in 9 kB",
        "each is unpacked in memory",
        _packed_blocks,
        Refused(AudioTooLong),
    ),
    Case(
        "a WAV at 499,999,993 Hz",
        "a prime: the filter that resamples it would take 2 GB",
        constant(riff.recording(_SECOND, rate=499_999_993)),
        Refused(AudioUnreadable),
    ),
    Case(
        "a WAV at 2,147,483,647 Hz",
        "the largest rate there is",
        constant(riff.recording(_SECOND, rate=0x7FFFFFFF)),
        Refused(AudioUnreadable),
    ),
    Case(
        "a WAV at 1 Hz, of a minute in 120 bytes",
        "16,000 samples come of each one",
        constant(riff.recording(bytes(120), rate=1)),
        Heard(60, within=20),
    ),
)
