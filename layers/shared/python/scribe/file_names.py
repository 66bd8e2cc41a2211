"""Names for downloads, made from whatever name the user's file had."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_MAX_STEM_BYTES: Final = 200
"""File systems allow 255 bytes; this leaves room for an extension and a browser's " (1)"."""

_FORBIDDEN: Final = re.compile(r'[<>:"|?*%;\\/]')
"""What Windows forbids in a name, and what ends a quoted header value or is decoded in one."""

_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Device names, which Windows opens in the place of a file."""

_FALLBACK: Final = "transcript"


def for_download(file_name: str, extension: str) -> str:
    """A safe name that still looks like the user's.

    Args:
        file_name: the uploaded file's name; it may hold anything.
        extension: of the download, without a dot.

    Returns:
        A name of at most 205 bytes in UTF-8 without control or direction characters, path
        separators or quotes.
    """
    base = re.split(r"[\\/]", unicodedata.normalize("NFC", file_name))[-1]
    stem, dot, suffix = base.rpartition(".")
    if not (stem and dot and suffix.isalnum() and len(suffix) <= 8):
        stem = base
    visible = "".join(c if unicodedata.category(c)[0] not in "CZ" else _blank(c) for c in stem)
    name = _FORBIDDEN.sub("_", " ".join(visible.split())).strip(". ")
    name = name.encode()[:_MAX_STEM_BYTES].decode(errors="ignore").strip(". ")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return f"{name or _FALLBACK}.{extension}"


def content_disposition(name: str) -> str:
    """The header value under which a browser saves the object as `name`.

    Old clients read the ASCII form, all others the UTF-8 form of RFC 6266.

    Args:
        name: as `for_download` makes it.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    letters = (c for c in decomposed if not unicodedata.combining(c))
    ascii_name = "".join(c if " " <= c <= "~" else "_" for c in letters)
    safe = _FORBIDDEN.sub("_", ascii_name)
    return f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(name, safe='')}"


def _blank(character: str) -> str:
    """White space stays a gap between words; what has no picture of its own is dropped."""
    return " " if character.isspace() else ""
