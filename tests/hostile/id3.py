"""ID3 tags, which stand before an MP3 or before anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def tag(name: bytes, body: bytes) -> bytes:
    """A tag of one frame."""
    return tagged({name: body})


def tagged(frames: Mapping[bytes, bytes]) -> bytes:
    """A tag of these frames."""
    return header(b"".join(_frame(name, body) for name, body in frames.items()))


def header(body: bytes, *, size: int | None = None) -> bytes:
    """A tag, whose size may be a lie."""
    length = len(body) if size is None else size
    return b"ID3\3\0\0" + bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def _frame(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4) + b"\0\0" + body
