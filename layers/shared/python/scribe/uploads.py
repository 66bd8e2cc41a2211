"""How a recording is uploaded: under which key, in one piece or in parts of which sizes; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scribe.jobs import UploadPlan

_MEBIBYTE: Final = 1024 * 1024

SINGLE_PUT_BYTES: Final = 100 * _MEBIBYTE
"""The largest recording that is uploaded in one piece; a larger one can be resumed."""

SMALLEST_PART_BYTES: Final = 8 * _MEBIBYTE
MOST_PARTS: Final = 10_000
"""S3's limit for one upload."""

_EXTENSIONS: Final[Mapping[str, str]] = {
    "application/ogg": "ogg",
    "audio/aac": "aac",
    "audio/aiff": "aiff",
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/vnd.wave": "wav",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/x-aiff": "aiff",
    "audio/x-flac": "flac",
    "audio/x-m4a": "m4a",
    "audio/x-ms-wma": "wma",
    "audio/x-wav": "wav",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/mpeg": "mpg",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
}
_KNOWN: Final = frozenset(_EXTENSIONS.values())
_UNKNOWN: Final = "bin"


@dataclass(frozen=True)
class Part:
    """A part of an upload, as S3 holds it; `etag` without its quotes."""

    number: int
    etag: str
    size_bytes: int


class UploadGone(Exception):
    """S3 does not know the upload: it was aborted, completed, or abandoned for a day."""


class PartsMissing(Exception):
    """An upload cannot be completed yet; `numbers` are the parts that are still to come."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = tuple(numbers)
        super().__init__(f"{len(self.numbers)} parts are missing")


class PartsDiffer(Exception):
    """What was sent is not what the caller says; `numbers` are the parts to be sent again."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = tuple(numbers)
        super().__init__(f"{len(self.numbers)} parts are not as they should be")


def extension(file_name: str, content_type: str) -> str:
    """The extension of the recording's key: from a closed list, whatever the file is called.

    Args:
        file_name: as the user has it; it may hold anything.
        content_type: may carry parameters.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _EXTENSIONS:
        return _EXTENSIONS[media_type]
    named = file_name.rpartition(".")[2].lower()
    return named if named in _KNOWN else _UNKNOWN


def part_bytes(size_bytes: int) -> int | None:
    """The size of all parts but the last, in bytes; None for a recording sent in one piece."""
    if size_bytes <= SINGLE_PUT_BYTES:
        return None
    needed = math.ceil(size_bytes / MOST_PARTS / _MEBIBYTE) * _MEBIBYTE
    return max(SMALLEST_PART_BYTES, needed)


def part_sizes(plan: UploadPlan) -> dict[int, int]:
    """The size of each part in bytes, by its number; a recording in one piece has no parts."""
    size, each = plan["size_bytes"], plan.get("part_bytes")
    if each is None:
        return {}
    count = math.ceil(size / each)
    return {number: min(each, size - (number - 1) * each) for number in range(1, count + 1)}


def require_all(plan: UploadPlan, said: Iterable[tuple[int, str]], stored: Iterable[Part]) -> None:
    """Check that every part is there, of its size, and is the one that the caller sent.

    Args:
        plan: of the upload.
        said: number and ETag of each part, as the caller tells them.
        stored: the parts that S3 holds.

    Raises:
        PartsMissing: some were not sent, or not named.
        PartsDiffer: a number is none of the upload's or is named twice, an ETag is not the
            stored part's, or a stored part does not have its size.
    """
    sizes = part_sizes(plan)
    named = list(said)
    there = {part.number: part for part in stored}
    if missing := sizes.keys() - ({number for number, _ in named} & there.keys()):
        raise PartsMissing(sorted(missing))
    etags = dict(named)
    differing = {number for number in etags if number not in sizes}
    differing |= {
        number
        for number, size in sizes.items()
        if there[number].size_bytes != size or there[number].etag != etags[number].strip('"')
    }
    if len(etags) < len(named):
        differing |= {number for number in etags if sum(number == n for n, _ in named) > 1}
    if differing:
        raise PartsDiffer(sorted(differing))
