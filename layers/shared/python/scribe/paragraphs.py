"""The transcript as plain text: paragraphs at pauses, and each gap named where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scribe import clock, texts
from scribe.spoken import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.shapes import Gap, Transcript

PAUSE_SECONDS: Final = 2.0
"""A longer silence than this begins a paragraph."""


def render(transcript: Transcript) -> str:
    """The text file of a transcript; ends with a line feed."""
    words = texts.load("transcript", transcript["language"])
    if transcript["no_speech"]:
        return words["no_speech"] + "\n"
    return "\n\n".join(_blocks(transcript, words["gap"])) + "\n"


def _blocks(transcript: Transcript, gap_text: str) -> Iterator[str]:
    """Paragraphs and gaps in the order of the file."""
    gaps = transcript["gaps"]
    told = 0
    paragraph: list[str] = []
    finished = 0.0
    for word in words_of(transcript["segments"]):
        passed = [gap for gap in gaps[told:] if gap["start"] < word.end]
        if paragraph and (passed or word.start - finished > PAUSE_SECONDS):
            yield " ".join(paragraph)
            paragraph = []
        yield from (_named(gap, gap_text) for gap in passed)
        told += len(passed)
        paragraph.append(word.text)
        finished = max(finished, word.end)
    if paragraph:
        yield " ".join(paragraph)
    yield from (_named(gap, gap_text) for gap in gaps[told:])


def _named(gap: Gap, gap_text: str) -> str:
    start, end = clock.samples(gap["start"]), clock.samples(gap["end"])
    return gap_text.format(time_range=clock.time_range(start, end))
