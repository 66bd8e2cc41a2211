"""What must hold in any transcript document, whoever made it: its reader relies on it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from scribe import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.shapes import Gap, Seam, Segment, Transcript, Word

FRAME_SECONDS: Final = 0.02
"""The aligner's resolution: a gap and the word beside it may share less than this."""


def check(transcript: Transcript) -> None:
    """Hold a document to its schema and to what a schema cannot say."""
    schemas.validate("transcript", transcript)
    _check_texts(transcript)
    _check_times(transcript)
    _check_gaps(transcript)
    _check_doubts(transcript)


def _check_texts(transcript: Transcript) -> None:
    segments = transcript["segments"]
    assert transcript["text"] == " ".join(segment["text"] for segment in segments)
    for segment in segments:
        assert segment["text"].strip(), "a segment says something"
        if segment["words"]:
            assert segment["text"] == " ".join(word["word"] for word in segment["words"])


def _check_times(transcript: Transcript) -> None:
    segments = transcript["segments"]
    words = [word for segment in segments for word in segment["words"]]
    for part in _parts(transcript):
        assert 0 <= part["start"] <= part["end"] <= transcript["duration_seconds"]
        for second in (part["start"], part["end"]):
            assert second == round(second, 3), "three decimals"
    for left, right in (*itertools.pairwise(segments), *itertools.pairwise(words)):
        assert left["start"] <= right["start"]
    for segment in segments:
        for word in segment["words"]:
            assert segment["start"] <= word["start"] <= word["end"] <= segment["end"]


def _parts(transcript: Transcript) -> Iterator[Segment | Word | Gap | Seam]:
    yield from transcript["segments"]
    yield from transcript["gaps"]
    yield from transcript["seams"]
    for segment in transcript["segments"]:
        yield from segment["words"]


def _check_gaps(transcript: Transcript) -> None:
    gaps = transcript["gaps"]
    assert all(gap["start"] < gap["end"] for gap in gaps)
    assert all(left["end"] <= right["start"] for left, right in itertools.pairwise(gaps))
    for gap, segment in itertools.product(gaps, transcript["segments"]):
        assert all(_shared(gap, word) < FRAME_SECONDS for word in segment["words"])
        assert segment["words"] or _shared(gap, segment) < FRAME_SECONDS
    silent = all(gap["reason"] == "no_speech" for gap in gaps)
    assert transcript["no_speech"] == (not transcript["segments"] and silent)


def _shared(gap: Gap, spoken: Segment | Word) -> float:
    """How many seconds have both a text and no text; negative where they lie apart."""
    return min(gap["end"], spoken["end"]) - max(gap["start"], spoken["start"])


def _check_doubts(transcript: Transcript) -> None:
    disputed = [seam for seam in transcript["seams"] if seam["status"] == "doubtful"]
    for segment in transcript["segments"]:
        assert segment["doubtful"] == bool(segment["doubts"])
        if "seam" in segment["doubts"]:
            assert any(
                seam["start"] <= segment["end"] and segment["start"] <= seam["end"]
                for seam in disputed
            ), "a doubt about a seam lies at a doubtful seam"
