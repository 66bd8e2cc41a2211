"""Hours of silence in a few bytes: FLAC frames that say one constant value each."""

from __future__ import annotations

import struct
from typing import Final

_FRAME_SAMPLES: Final = 65_535
_RATE: Final = 8_000


def silence(seconds: int, *, claimed_samples: int | None = None) -> bytes:
    """A FLAC file of that length at 8 kHz; some 1.8 bytes for each of its seconds.

    Args:
        seconds: of silence.
        claimed_samples: what the header says, if not the truth.
    """
    samples = seconds * _RATE
    claimed = samples if claimed_samples is None else claimed_samples
    form = _RATE << 44 | 15 << 36 | claimed & 0xFFFFFFFFF  # one channel, 16 bits
    info = struct.pack(">HHxxxxxxQ", _FRAME_SAMPLES, _FRAME_SAMPLES, form) + bytes(16)
    header = b"fLaC" + b"\x80" + len(info).to_bytes(3) + info
    whole, rest = divmod(samples, _FRAME_SAMPLES)
    sizes = [_FRAME_SAMPLES] * whole + ([rest] if rest else [])
    return header + b"".join(_frame(index, size) for index, size in enumerate(sizes))


def _frame(index: int, samples: int) -> bytes:
    # Fixed block size, which is told in 16 bits, as the rate is by its code; mono, 16 bits.
    head = b"\xff\xf8\x74\x08" + _like_utf8(index) + struct.pack(">H", samples - 1)
    head += bytes([_checksum(head, 8, 0x07)])
    frame = head + b"\0" + b"\0\0"  # a constant subframe, and its value
    return frame + struct.pack(">H", _checksum(frame, 16, 0x8005))


def _like_utf8(number: int) -> bytes:
    return chr(number).encode("utf-8", "surrogatepass")


def _checksum(data: bytes, bits: int, polynomial: int) -> int:
    value, top, mask = 0, 1 << (bits - 1), (1 << bits) - 1
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
    return value
