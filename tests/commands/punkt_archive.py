"""A small stand-in for NLTK's punkt_tab.zip, with one abbreviation for each language."""

from __future__ import annotations

import io
import zipfile

from commands.models.punkt import FILES

ABBREVIATIONS = {"english": "dr", "spanish": "sra"}


def entries() -> dict[str, bytes]:
    """What NLTK's archive holds for the two languages, and something of a third."""
    content = {"ortho_context.tab": b"dr\t3\n", "collocations.tab": b"", "sent_starters.txt": b""}
    return {
        f"punkt_tab/{language}/{name}": content.get(name, b"%s\n" % abbreviation.encode())
        for language, abbreviation in ABBREVIATIONS.items()
        for name in FILES
    } | {"punkt_tab/README": b"about", "punkt_tab/czech/abbrev_types.txt": b"mj\n"}


def archive(content: dict[str, bytes]) -> bytes:
    """A zip of these entries."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in content.items():
            zipped.writestr(name, data)
    return output.getvalue()
