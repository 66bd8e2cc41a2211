"""A recording's vocabulary: names and terms that the speakers may use, as one text."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_CHARACTERS: Final = 600

_SEPARATORS: Final = re.compile(r"[,;\n]")


def terms(text: str) -> list[str]:
    """The terms, in their order, each once whatever its case; white space around them is dropped.

    Control and format characters, which no term needs and which can hide text, are dropped too.
    """
    found: dict[str, str] = {}
    for part in _SEPARATORS.split(text):
        visible = "".join(c for c in part if unicodedata.category(c) not in {"Cc", "Cf"})
        term = " ".join(visible.split())
        if term:
            found.setdefault(term.casefold(), term)
    return list(found.values())
