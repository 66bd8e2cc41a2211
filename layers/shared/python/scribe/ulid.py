"""Job ids: 26 characters of Crockford's base 32 (the ULID layout), sortable by creation time.

Layout and alphabet: the ULID specification, https://github.com/ulid/spec.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN: Final = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
"""A regular expression for one id, without anchors."""


def from_bytes(value: bytes) -> str:
    """Encode 16 bytes as an id.

    Raises:
        ValueError: for any other number of bytes.
    """
    if len(value) != 16:
        raise ValueError(f"an id has 16 bytes, not {len(value)}")
    number = int.from_bytes(value, "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def create(milliseconds: int, randomness: bytes) -> str:
    """Make an id from a Unix time in milliseconds and 10 random bytes."""
    return from_bytes(milliseconds.to_bytes(6, "big") + randomness)
