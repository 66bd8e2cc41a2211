"""A transcript's words as one stream of text with times, which captions and paragraphs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scribe.shapes import Segment


class Spoken(NamedTuple):
    """One word; times in seconds on the file's clock."""

    text: str
    start: float
    end: float


def words_of(segments: Iterable[Segment]) -> Iterator[Spoken]:
    """All words in order; a segment without word times has its text spread over its length."""
    for segment in segments:
        if segment["words"]:
            for word in segment["words"]:
                yield Spoken(word["word"], word["start"], word["end"])
        else:
            yield from _spread(segment)


def _spread(segment: Segment) -> Iterator[Spoken]:
    texts = segment["text"].split()
    share = (segment["end"] - segment["start"]) / max(len(texts), 1)
    for index, text in enumerate(texts):
        start = segment["start"] + index * share
        yield Spoken(text, round(start, 3), round(start + share, 3))
