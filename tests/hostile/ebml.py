"""Matroska files, element by element."""

from __future__ import annotations

import struct
from typing import Final

UNKNOWN_SIZE: Final = b"\x01" + b"\xff" * 7

_HEADER: Final = 0x1A45DFA3
_DOC_TYPE: Final = 0x4282
SEGMENT: Final = 0x18538067
INFO: Final = 0x1549A966
PREVIOUS_FILE: Final = 0x3C83AB
DURATION: Final = 0x4489
TRACKS: Final = 0x1654AE6B
CLUSTER: Final = 0x1F43B675
TIMESTAMP: Final = 0xE7
SIMPLE_BLOCK: Final = 0xA3
TAGS: Final = 0x1254C367
TAG: Final = 0x7373
SIMPLE_TAG: Final = 0x67C8
CONTENT_ENCODINGS: Final = 0x6D80

_ENTRY: Final = 0xAE
_NUMBER, _UID, _TYPE, _CODEC, _AUDIO = 0xD7, 0x73C5, 0x83, 0x86, 0xE1
_RATE, _CHANNELS, _BITS = 0xB5, 0x9F, 0x6264
_SOUND: Final = 2


def element(identity: int, *parts: bytes, size: bytes | None = None) -> bytes:
    """An element of these parts, whose size may be a lie."""
    body = b"".join(parts)
    length = (len(body) | 1 << 56).to_bytes(8) if size is None else size
    return identity.to_bytes((identity.bit_length() + 7) // 8) + length + body


def number(identity: int, value: int) -> bytes:
    """An element that holds a number."""
    return element(identity, value.to_bytes(8))


def track(track_number: int = 1, *more: bytes) -> bytes:
    """A track of sound: 16 kHz, 16 bits, one channel."""
    audio = element(
        _AUDIO,
        element(_RATE, struct.pack(">d", 16_000)),
        number(_CHANNELS, 1),
        number(_BITS, 16),
    )
    return element(
        _ENTRY,
        number(_NUMBER, track_number),
        number(_UID, track_number),
        number(_TYPE, _SOUND),
        element(_CODEC, b"A_PCM/INT/LIT"),
        audio,
        *more,
    )


def block(samples: bytes, *, at_ms: int = 0, lacing: bytes = b"") -> bytes:
    """A block of track 1, at milliseconds after its cluster's time."""
    flags = 0x80 | (0x06 if lacing else 0)
    return element(SIMPLE_BLOCK, b"\x81", struct.pack(">hB", at_ms, flags), lacing, samples)


def cluster(at_ms: int, *blocks: bytes, size: bytes | None = None) -> bytes:
    """Blocks that begin at that time."""
    return element(CLUSTER, number(TIMESTAMP, at_ms), *blocks, size=size)


def matroska(*parts: bytes, info: bytes = b"", size: bytes | None = None) -> bytes:
    """A file of these parts."""
    header = element(_HEADER, element(_DOC_TYPE, b"matroska"))
    # One unit of time is a millisecond.
    about = element(INFO, number(0x2AD7B1, 1_000_000), info)
    return header + element(SEGMENT, about, *parts, size=size)
