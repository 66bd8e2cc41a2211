"""Recordings whose every word is known, with the time it is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = Path(__file__).resolve().parent
_ORDER: Final = ("english", "spanish", "english-then-spanish", "long")

Language = Literal["en", "es"]
CutMark = Literal["pause", "continuous"]


@dataclass(frozen=True)
class SampleWord:
    """A word of a recording; times in seconds from the start of the file."""

    word: str
    start: float
    end: float
    start_exact: bool = True
    """False where the speaker runs this word into the one before, and the border is a guess."""
    end_exact: bool = True


@dataclass(frozen=True)
class Stretch:
    """A part of a recording that is in one language; times in seconds."""

    language: Language
    start: float
    end: float


@dataclass(frozen=True)
class CutPlace:
    """A place where cutting the recording is easy or hard."""

    at_seconds: float
    what: CutMark
    """`pause`: the middle of a pause that lies clearly nearest to a ten-minute mark.
    `continuous`: speech over background sound, without a pause within 30 s on both sides."""


@dataclass(frozen=True)
class Sample:
    """A recording and what is said in it."""

    name: str
    path: Path
    language: Language | None
    """The one language of the recording; None where it holds several."""
    stretches: tuple[Stretch, ...]
    duration_seconds: float
    text: str
    words: tuple[SampleWord, ...]
    cut_critical: tuple[CutPlace, ...]


def sample(name: str) -> Sample:
    """Load one recording's reference by its name, such as `english`."""
    return _read(json.loads((FOLDER / f"{name}.json").read_text()), name)


def all_samples() -> list[Sample]:
    """Load all references, the short recordings first."""
    return [sample(name) for name in _ORDER]


def _read(document: Mapping[str, Any], name: str) -> Sample:
    return Sample(
        name=name,
        path=FOLDER / document["file"],
        language=document["language"],
        stretches=tuple(Stretch(**stretch) for stretch in document["languages"]),
        duration_seconds=document["duration_seconds"],
        text=document["text"],
        words=tuple(SampleWord(**word) for word in document["words"]),
        cut_critical=tuple(CutPlace(**place) for place in document["cut_critical"]),
    )
