"""Unpacks the two languages of NLTK's sentence splitter from the archive that NLTK publishes."""

from __future__ import annotations

import os
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from commands.models.errors import ModelCorrupt
from models.unpack import let_nltk_trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE: Final = "punkt_tab"
"""Its name in the catalogue."""

UNPACKED: Final = "nltk_data"
"""The folder beside the archive that gets its files."""

LANGUAGES: Final = ("english", "spanish")
FILES: Final = ("abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt")
"""What `nltk.tokenize.punkt.load_punkt_params` opens, for each language."""

LARGEST_FILE_BYTES: Final = 16_000_000
"""Several times the largest of them; the whole archive has 4 MB."""


def unpack(archive: Path, nltk_data: Path) -> Path:
    """Put the files where NLTK looks for them; safe to repeat, and to run twice at once.

    Args:
        archive: `punkt_tab.zip`.
        nltk_data: the folder to fill, the value of `NLTK_DATA`.

    Returns:
        The same folder.

    Raises:
        ModelCorrupt: the archive is damaged, or is not what NLTK publishes.
    """
    trusted = {nltk_data}
    for path, content in contents(archive).items():
        target = nltk_data / path
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.{os.getpid()}.part")
            part.write_bytes(content)
            part.replace(target)
        trusted |= {target, *target.parents[:3]}
    let_nltk_trust(trusted)
    return nltk_data


def contents(archive: Path) -> Mapping[str, bytes]:
    """The files of both languages, by their path under `$NLTK_DATA`.

    The archive is asked for names that are known here: what else it holds, and under which
    names, is never looked at.

    Raises:
        ModelCorrupt: the archive is damaged, or is not what NLTK publishes.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            return {
                f"tokenizers/{PACKAGE}/{language}/{name}": _content(
                    zipped, f"{PACKAGE}/{language}/{name}"
                )
                for language in LANGUAGES
                for name in FILES
            }
    # What Python's reader raises for damaged bytes, an unknown method or an encrypted entry.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelCorrupt(f"{archive} cannot be read: {error}") from error


def _content(zipped: zipfile.ZipFile, name: str) -> bytes:
    try:
        with zipped.open(name) as file:
            # The size that the archive states is only a claim.
            content = file.read(LARGEST_FILE_BYTES + 1)
    except KeyError as error:
        raise ModelCorrupt(f"{zipped.filename} has no {name}") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ModelCorrupt(
            f"{name} in {zipped.filename} is larger than {LARGEST_FILE_BYTES // 1_000_000} MB"
        )
    return content
