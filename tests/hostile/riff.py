"""WAV files with whatever a header can claim."""

from __future__ import annotations

import struct
from typing import Final

MU_LAW: Final = 7
_PCM: Final = 1


def chunk(name: bytes, body: bytes, *, size: int | None = None) -> bytes:
    """A chunk, whose size may be a lie."""
    return name + struct.pack("<I", len(body) if size is None else size) + body


def fmt(*, rate: int = 16_000, channels: int = 1, bits: int = 16, tag: int = _PCM) -> bytes:
    """The chunk that tells the format of the samples."""
    frame = channels * bits // 8
    second = rate * frame & 0xFFFFFFFF
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, second, frame & 0xFFFF, bits))


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    """A file of these chunks."""
    body = b"WAVE" + b"".join(chunks)
    return chunk(b"RIFF", body, size=size)


def recording(data: bytes, *, size: int | None = None, **form: int) -> bytes:
    """A file of these samples; `size` is what it claims to hold, `form` as `fmt` takes it."""
    return riff(fmt(**form), chunk(b"data", data, size=size))
