"""Words without what does not change them: case, accents, punctuation; for comparisons only."""

from __future__ import annotations

import unicodedata


def words(text: str) -> list[str]:
    """The words of a text, lower case, letters and digits only."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in decomposed if not unicodedata.combining(c) and c not in "'’")
    return "".join(c if c.isalnum() else " " for c in kept).split()
