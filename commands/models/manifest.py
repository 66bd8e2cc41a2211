"""The record of what was fetched into a folder; a folder without it is not complete."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "manifest.json"


@dataclass(frozen=True)
class FetchedFile:
    """One file as it came."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Where a package came from and what it is made of.

    Attributes:
        revision: as the catalogue asked for it.
        commit: the one that the revision stood for; empty where the server does not tell it.
    """

    repository: str | None
    revision: str | None
    commit: str
    licence: str
    files: tuple[FetchedFile, ...]


def read(folder: Path) -> Manifest | None:
    """The record in a folder; None where there is none."""
    try:
        document: dict[str, Any] = json.loads((folder / NAME).read_text())
    except FileNotFoundError:
        return None
    return Manifest(
        repository=document["repository"],
        revision=document["revision"],
        commit=document["commit"],
        licence=document["licence"],
        files=tuple(FetchedFile(**file) for file in document["files"]),
    )


def write(manifest: Manifest, folder: Path) -> None:
    """Record that everything has come; the record appears whole or not at all."""
    draft = folder / f"{NAME}.part"
    draft.write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    draft.replace(folder / NAME)
