"""QuickTime and MP4 files, box by box."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

SAMPLES_AT: Final = 8
"""Where the samples of a `movie` begin: right after the header of its first box."""


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of these parts."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    """A box with a version, which is 0, and flags."""
    return box(kind, struct.pack(">I", flags), *parts)


def numbers(*values: int) -> bytes:
    """Numbers of 32 bits."""
    return struct.pack(f">{len(values)}I", *values)


@dataclass(frozen=True)
class Track:
    """One track of sound at 16 kHz, 16 bits, one channel; each field can be made a lie.

    Attributes:
        samples: how many the table of sizes announces.
        sample_bytes: the size of each.
        sample_duration: in sixteen-thousandths of a second.
        offsets: where the chunks begin; the first holds all samples.
        coding: the kind of the sample entry.
        reference: says where the samples are; that they are in this file, if not given.
        edits: the edit list box, if any.
        duration: what the headers tell, if not the truth.
    """

    samples: int
    sample_bytes: int = 2
    sample_duration: int = 1
    offsets: tuple[int, ...] = (SAMPLES_AT,)
    coding: bytes = b"sowt"
    reference: bytes = full_box(b"url ", flags=1)
    edits: bytes = b""
    duration: int | None = None

    def box(self) -> bytes:
        length = self.samples if self.duration is None else self.duration
        header = full_box(b"tkhd", numbers(0, 0, 1, 0, length), bytes(60), flags=7)
        media = box(
            b"mdia",
            full_box(b"mdhd", numbers(0, 0, 16_000, length, 0)),
            full_box(b"hdlr", b"mhlrsoun", bytes(13)),
            box(
                b"minf",
                full_box(b"smhd", bytes(4)),
                box(b"dinf", full_box(b"dref", numbers(1), self.reference)),
                self._tables(),
            ),
        )
        return box(b"trak", header, self.edits, media)

    def _tables(self) -> bytes:
        sound = struct.pack(">HHHHI", 1, 16, 0, 0, 16_000 << 16)
        entry = box(self.coding, bytes(6), b"\0\1", bytes(8), sound)
        return box(
            b"stbl",
            full_box(b"stsd", numbers(1), entry),
            full_box(b"stts", numbers(1, self.samples, self.sample_duration)),
            full_box(b"stsc", numbers(1, 1, self.samples, 1)),
            full_box(b"stsz", numbers(self.sample_bytes, self.samples)),
            full_box(b"stco", numbers(len(self.offsets), *self.offsets)),
        )


def movie(samples: bytes, *tracks: Track) -> bytes:
    """A file of these tracks, which all read the same samples; its index is at the end."""
    length = max((track.samples for track in tracks), default=0)
    header = full_box(b"mvhd", numbers(0, 0, 16_000, length & 0xFFFFFFFF), bytes(80))
    return box(b"mdat", samples) + box(b"moov", header, *(track.box() for track in tracks))


def compressed_index(length: int) -> bytes:
    """A file whose index is packed a thousandfold, and of no use.

    Args:
        length: of the index unpacked, in bytes; whole mebibytes.
    """
    piece, check = bytes(1 << 20), 1
    press = zlib.compressobj(9)
    start = press.compress(piece) + press.flush(zlib.Z_FULL_FLUSH)
    press = zlib.compressobj(9, wbits=-15)
    again = press.compress(piece) + press.flush(zlib.Z_FULL_FLUSH)
    count = length // len(piece)
    for _ in range(count):
        check = zlib.adler32(piece, check)
    packed = start + again * (count - 1) + press.flush() + check.to_bytes(4)
    index = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", numbers(length), packed))
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"moov", index)
