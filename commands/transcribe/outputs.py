"""Names for the transcripts of one run, so that none overwrites another."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from scribe.file_names import for_download

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def stems(files: Sequence[Path]) -> list[str]:
    """A name without extension for each file, in their order.

    It is the file's own; where two files share one, the later gets a number. Letter case
    makes no difference, as on the file systems of two of three laptops.
    """
    taken: set[str] = set()
    wanted = [for_download(file.name, "x").removesuffix(".x") for file in files]
    # Numbers must not take the name that another file brings along.
    own = {name.casefold() for name in wanted}
    chosen = []
    for name in wanted:
        candidate = name
        for number in count(2):
            if candidate.casefold() not in taken and (
                candidate == name or candidate.casefold() not in own
            ):
                break
            candidate = f"{name}-{number}"
        taken.add(candidate.casefold())
        chosen.append(candidate)
    return chosen
