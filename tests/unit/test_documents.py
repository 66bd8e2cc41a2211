"""The checker of transcript documents passes the stored examples, and refuses what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from scribe.errors import ShapeInvalid

from tests.support import documents

if TYPE_CHECKING:
    from scribe.shapes import Transcript

EXAMPLES = Path(__file__).parents[1] / "examples" / "v1" / "transcript"
PASSING = sorted(EXAMPLES.glob("valid-*.json"))


def read(path: Path) -> Transcript:
    return cast("Transcript", json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", PASSING, ids=lambda path: path.stem)
def test_it_passes_the_stored_examples(path: Path) -> None:
    documents.check(read(path))


FAULTS = {
    "a text that its segments do not say": {"text": "Buenas noches."},
    "an end after the file's": {"segments.0.end": 1000.001},
    "a time finer than a millisecond": {"segments.0.words.0.end": 0.9105},
    "a word before its segment": {"segments.0.words.0.start": 0.519},
    "a word after its segment": {"segments.0.words.1.end": 1.401},
    "a word that ends before it begins": {"segments.0.words.1.end": 0.92},
    "words that run backwards": {"segments.0.words.0.start": 0.94, "segments.0.words.0.end": 0.95},
    "a word that the text lacks": {"segments.0.words.0.word": "Buenas"},
    "a gap over a word": {"gaps.0.start": 1.38},
    "gaps in another order": {"gaps.1.start": 3.0},
    "a gap without length": {"gaps.0.end": 12.0},
    "silence in which somebody speaks": {"no_speech": True},
    "a doubt about a seam that is clean": {"seams.0.status": "clean"},
    "a doubt about a seam elsewhere": {"seams.0.start": 300.0, "seams.0.end": 310.0},
}


@pytest.mark.parametrize("changes", FAULTS.values(), ids=FAULTS)
def test_it_refuses(changes: dict[str, Any]) -> None:
    document: Any = read(EXAMPLES / "valid-with-a-doubt-and-a-vocabulary.json")
    for place, value in changes.items():
        part = document
        *path, last = place.split(".")
        for step in path:
            part = part[int(step) if step.isdigit() else step]
        part[last] = value

    with pytest.raises(AssertionError):
        documents.check(document)


def test_it_refuses_what_its_schema_does_not_know() -> None:
    document: Any = read(PASSING[0])
    document["segments"][0]["doubtful"] = not document["segments"][0]["doubtful"]

    with pytest.raises(ShapeInvalid):
        documents.check(document)
