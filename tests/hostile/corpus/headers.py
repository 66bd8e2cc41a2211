"""Headers that are alone, lie, or do not end."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from scribe.errors import AudioEmpty, AudioUnreadable

from tests.hostile import ebml, flac, id3, riff
from tests.hostile.boxes import SAMPLES_AT, Track, box, full_box, movie, numbers
from tests.hostile.case import SINE, Case, Heard, Refused, constant

if TYPE_CHECKING:
    from tests.hostile.case import Workshop

_SECOND: Final = bytes(32_000)
_UNREADABLE: Final = Refused(AudioUnreadable)
_EMPTY: Final = Refused(AudioEmpty)
_TRACKS: Final = ebml.element(ebml.TRACKS, ebml.track())


def _rf64(samples: int) -> bytes:
    sizes = riff.chunk(b"ds64", struct.pack("<QQQI", 1 << 40, samples, samples // 2, 0))
    parts = (sizes, riff.fmt(), riff.chunk(b"data", _SECOND, size=0xFFFFFFFF))
    return b"RF64" + b"\xff" * 4 + b"WAVE" + b"".join(parts)


def _ogg(shop: Workshop) -> bytes:
    return shop.ffmpeg("plain.ogg", *SINE, "sine=d=2:r=16000", "-c:a", "libvorbis")


def _ogg_with_wrong_checksums(shop: Workshop) -> bytes:
    pages = _ogg(shop).split(b"OggS")
    return b"OggS".join(page[:18] + b"\xde\xad\xbe\xef" + page[22:] for page in pages if page)


def _index_with(**changes: int) -> bytes:
    """An index that is right but for the size of one box, which is read as `changes` say."""
    body = movie(_SECOND, Track(16_000))
    for kind, size in changes.items():
        at = body.index(kind.encode()) - 4
        body = body[:at] + numbers(size) + body[at + 4 :]
    return body


def _nested(kind: bytes, levels: int) -> bytes:
    body = b""
    for _ in range(levels):
        body = box(kind, body)
    return body


HEADERS: Final = (
    Case("a WAV header alone", "no sample follows", constant(riff.recording(b"")), _EMPTY),
    Case(
        "half a WAV header",
        "it ends within the format",
        constant(riff.recording(b"")[:30]),
        _UNREADABLE,
    ),
    Case(
        "a WAV that claims no samples",
        "programs that record write 0 first, and may die",
        constant(riff.recording(_SECOND, size=0)),
        Heard(1),
    ),
    Case(
        "a WAV of 4 GiB that has a second",
        "the size of an unfinished file",
        constant(riff.recording(_SECOND, size=0xFFFFFFFF)),
        Heard(1),
    ),
    Case(
        "a WAV of a negative size",
        "a sign would turn the reader around",
        constant(riff.recording(_SECOND, size=0x80000000)),
        Heard(1),
    ),
    Case(
        "a WAV with a chunk larger than the file",
        "its samples lie beyond the end",
        constant(riff.riff(riff.fmt(), riff.chunk(b"junk", b"", size=0x7FFFFFFF), _SECOND)),
        _UNREADABLE,
    ),
    Case(
        "a WAV without a format",
        "nothing says what its samples are",
        constant(riff.riff(riff.chunk(b"data", _SECOND))),
        _UNREADABLE,
    ),
    Case(
        "a WAV with samples of no bits",
        "a division by zero",
        constant(riff.recording(_SECOND, bits=0)),
        _UNREADABLE,
    ),
    Case(
        "a WAV without channels",
        "a division by zero",
        constant(riff.recording(_SECOND, channels=0)),
        _UNREADABLE,
    ),
    Case("an RF64 of its true size", "files over 4 GiB", constant(_rf64(32_000)), Heard(1)),
    Case("an RF64 of an exabyte", "its size is a lie", constant(_rf64(1 << 60)), Heard(1)),
    Case(
        "nothing but ADTS headers",
        "each claims a frame that is not there",
        constant(b"\xff\xf1\x50\x80\x00\x1f\xfc" * 5000),
        _UNREADABLE,
    ),
    Case(
        "an Ogg with wrong checksums",
        "ffmpeg looks for a better page, to the end",
        _ogg_with_wrong_checksums,
        _UNREADABLE,
    ),
    Case(
        "the first page of an Ogg",
        "the codec's other headers are missing",
        lambda shop: _ogg(shop)[:58],
        _UNREADABLE,
    ),
    Case(
        "a FLAC that claims 99 days",
        "a length must not be believed: it is counted",
        constant(flac.silence(1, claimed_samples=(1 << 36) - 1)),
        Heard(1),
    ),
    Case(
        "an AMR header alone",
        "no frame follows",
        constant(b"#!AMR\n"),
        _EMPTY,
    ),
    Case(
        "a tag of 256 MiB that has 10 bytes",
        "ffmpeg skips to its end",
        constant(id3.header(bytes(10), size=(1 << 28) - 1)),
        _UNREADABLE,
    ),
    Case(
        "an MP4 whose index claims 2 GiB",
        "the size is a lie",
        constant(_index_with(moov=0x7FFFFFFF)),
        Heard(1),
    ),
    Case(
        "an MP4 whose index claims 4 bytes",
        "a box is never shorter than its header",
        constant(_index_with(moov=4)),
        _UNREADABLE,
    ),
    Case(
        "an MP4 whose table of sizes is cut off",
        "more entries than bytes",
        constant(_index_with(stsz=12)),
        _EMPTY,
    ),
    Case(
        "an MP4 without an index",
        "the recorder lost power",
        constant(box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", _SECOND)),
        _UNREADABLE,
    ),
    Case(
        "an MP4 of 20,000 boxes, each in the one before",
        "readers that recurse overflow",
        constant(box(b"ftyp", b"isom", bytes(4)) + _nested(b"moov", 20_000)),
        _UNREADABLE,
    ),
    Case(
        "an MP4 that claims 37 hours",
        "a length must not be believed: it is counted",
        constant(movie(_SECOND, Track(16_000, duration=0x7FFFFFFF))),
        Heard(1),
    ),
    Case(
        "an MP4 whose samples lie beyond its end",
        "its offsets are lies",
        constant(movie(_SECOND, Track(16_000, offsets=(0x7FFFFFFF,)))),
        _EMPTY,
    ),
    Case(
        "an MP4 with its index at the end",
        "phones write it so",
        constant(movie(_SECOND, Track(16_000, offsets=(SAMPLES_AT,)))),
        Heard(1),
    ),
    Case(
        "a song of a shop, locked to its buyer",
        "its samples are encrypted",
        constant(movie(bytes(range(256)) * 125, Track(100, sample_bytes=320, coding=b"drms"))),
        _UNREADABLE,
    ),
    Case(
        "an encrypted MP4",
        "nobody has its key",
        lambda shop: shop.ffmpeg(
            "locked.mp4",
            *(*SINE, "sine=d=2:r=16000", "-c:a", "aac", "-encryption_scheme", "cenc-aes-ctr"),
            *("-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb"),
            *("-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"),
        ),
        _UNREADABLE,
    ),
    Case(
        "a Matroska file of unknown sizes",
        "streamed recordings have none",
        constant(
            ebml.matroska(
                _TRACKS,
                ebml.cluster(0, ebml.block(_SECOND), size=ebml.UNKNOWN_SIZE),
                ebml.cluster(1000, ebml.block(_SECOND), size=ebml.UNKNOWN_SIZE),
                size=ebml.UNKNOWN_SIZE,
            )
        ),
        Heard(2),
    ),
    Case(
        "a Matroska file of 300 years",
        "a length must not be believed: it is counted",
        constant(
            ebml.matroska(
                _TRACKS,
                ebml.cluster(0, ebml.block(_SECOND)),
                info=ebml.element(ebml.DURATION, struct.pack(">d", 1e13)),
            )
        ),
        Heard(1),
    ),
    Case(
        "a Matroska block of 256 frames without bytes",
        "lacing divides it by lies",
        constant(ebml.matroska(_TRACKS, ebml.cluster(0, ebml.block(b"", lacing=b"\xff" * 256)))),
        _EMPTY,
    ),
    Case(
        "a Matroska file of tags in tags",
        "readers that recurse overflow",
        constant(
            ebml.matroska(
                ebml.element(
                    ebml.TAGS,
                    ebml.element(
                        ebml.TAG, (ebml.SIMPLE_TAG.to_bytes(2) + ebml.UNKNOWN_SIZE) * 20_000
                    ),
                )
            )
        ),
        _UNREADABLE,
    ),
    Case(
        "a Matroska file without tracks",
        "there is nothing to hear",
        constant(ebml.matroska(ebml.element(ebml.TRACKS))),
        _UNREADABLE,
    ),
    Case(
        "an edit list of two billion entries",
        "the table is not there",
        constant(
            movie(
                _SECOND, Track(16_000, edits=box(b"edts", full_box(b"elst", numbers(0x7FFFFFFF))))
            )
        ),
        Heard(1),
    ),
)
