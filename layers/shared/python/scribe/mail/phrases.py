"""Numbers, lengths, moments and names as people of each language write them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_JOINER: Final = "\u200d"
"""Holds emoji of several parts together, and moves nothing."""

_RIGHT_TO_LEFT: Final = ("R", "AL", "AN")
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"


def one_line(text: str) -> str:
    """Text of others on one line: no line breaks, control or direction characters."""
    visible = (
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or character == _JOINER
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    return " ".join("".join(visible).split())


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters and an ellipsis, cut between two words where there are any."""
    if len(text) <= limit:
        return text
    head, _, rest = text[: limit + 1].rpartition(" ")
    return f"{head if head and len(rest) < limit / 2 else text[:limit]}…"


def file_name(name: str, limit: int) -> str:
    """A file name on one line; of a long one the beginning and the ending.

    A name with letters that run from right to left is isolated: it must not turn the words
    and numbers around it.
    """
    line = one_line(name)
    if len(line) > limit:
        tail = line[-(limit // 3) :]
        line = f"{line[: limit - len(tail)]}…{tail}"
    runs_left = any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in line)
    return f"{_ISOLATE}{line}{_END_OF_ISOLATE}" if runs_left else line


def number(texts: Mapping[str, str], value: int) -> str:
    """A whole number with its thousands apart; four digits stay together, as in Spanish."""
    return f"{value:,}".replace(",", texts["number.group"]) if value >= 10_000 else str(value)


def percent(texts: Mapping[str, str], share: float) -> str:
    """A share of one as a percentage."""
    return texts["percent"].format(number=round(share * 100))


def duration(seconds: float) -> str:
    """A length such as `1 h 2 min` or `3 min 5 s`: two units, the same in both languages."""
    whole = max(round(seconds), 1 if seconds > 0 else 0)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    if hour:
        return f"{hour} h {minute} min" if minute else f"{hour} h"
    if minute:
        return f"{minute} min {second} s" if second else f"{minute} min"
    return f"{second} s"


def moment(texts: Mapping[str, str], when: datetime) -> str:
    """A moment in UTC, to the minute."""
    return texts["moment"].format(
        day=when.day, month=texts[f"month.{when.month}"], year=when.year, time=f"{when:%H:%M}"
    )
