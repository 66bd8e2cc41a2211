"""The transcript as plain text: paragraphs at pauses, gaps by name, doubtful passages marked.

Whatever the platform itself has to say stands in square brackets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scribe import clock, texts
from scribe.spoken import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scribe.shapes import Gap, Language, Segment, Transcript
    from scribe.spoken import Spoken

PAUSE_SECONDS: Final = 2.0
"""A longer silence than this begins a paragraph."""

DOUBT_MARK: Final = "[?]"
"""Follows each doubtful segment."""

_BLANK_LINE: Final = "\n\n"


def render(transcript: Transcript) -> str:
    """The text file of a transcript; ends with a line feed."""
    words = texts.load("transcript", transcript["language"])
    if transcript["no_speech"]:
        return words["no_speech"] + "\n"
    return _BLANK_LINE.join(_blocks(transcript, words)) + "\n"


def without_legend(text: str, language: Language) -> str:
    """What `render` made, from the first words on: for a preview."""
    return text.removeprefix(texts.load("transcript", language)["doubtful"] + _BLANK_LINE)


def _blocks(transcript: Transcript, words: Mapping[str, str]) -> Iterator[str]:
    """What the mark means, then paragraphs and gaps in the order of the file."""
    if any(segment["doubtful"] for segment in transcript["segments"]):
        yield words["doubtful"]
    gaps = transcript["gaps"]
    told = 0
    paragraph: list[str] = []
    finished = 0.0
    for word in _marked(transcript["segments"]):
        passed = [gap for gap in gaps[told:] if gap["start"] < word.end]
        if paragraph and (passed or word.start - finished > PAUSE_SECONDS):
            yield " ".join(paragraph)
            paragraph = []
        yield from (_named(gap, words) for gap in passed)
        told += len(passed)
        paragraph.append(word.text)
        finished = max(finished, word.end)
    if paragraph:
        yield " ".join(paragraph)
    yield from (_named(gap, words) for gap in gaps[told:])


def _marked(segments: Sequence[Segment]) -> Iterator[Spoken]:
    """All words, the last one of a doubtful segment with its mark."""
    for segment in segments:
        spoken = list(words_of([segment]))
        if segment["doubtful"] and spoken:
            spoken[-1] = spoken[-1]._replace(text=f"{spoken[-1].text} {DOUBT_MARK}")
        yield from spoken


def _named(gap: Gap, words: Mapping[str, str]) -> str:
    start, end = clock.samples(gap["start"]), clock.samples(gap["end"])
    reason = words[f"gap.{gap['reason']}"]
    return words["gap"].format(time_range=clock.time_range(start, end), reason=reason)
