"""Recordings of known words, cut with overlaps, as their chunks hear them: for laws of joining."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st
from scribe import seams

from tests.support import results
from tests.support.results import segment, word

if TYPE_CHECKING:
    from scribe.shapes import ChunkResult, Doubt, Gap, Language, Segment, Word

JITTER_SECONDS = 0.08
OVERLAP_SECONDS = 10.0

VOCABULARIES = {
    "en": ["a", "the", "and", "no", "we", "it's", "so", "well", "meeting", "1,250", "don't", "20%"],
    "es": ["a", "el", "y", "no", "sí", "tú", "así", "niño", "reunión", "1.250", "canción", "20%"],
}
EDGE_WORDS = 2
"""How many of the words at a cut may be missed, and how many of those after them misheard."""


@dataclass(frozen=True)
class Recording:
    """A known list of words, and what the chunks of the recording say they heard.

    Attributes:
        seed: of all that is left to chance; it stands for the rest where an example is shown.
    """

    seed: int
    language: Language
    words: list[Word] = field(repr=False)
    chunks: list[ChunkResult] = field(repr=False)
    duration: float = field(repr=False)

    def overlaps(self) -> list[tuple[float, float]]:
        return [
            (right["start_sample"] / 16_000, left["end_sample"] / 16_000)
            for left, right in itertools.pairwise(self.chunks)
        ]

    def join(self) -> seams.Joined:
        return seams.join(self.chunks, round(self.duration * 16_000))


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Speech without pauses, cut with overlaps of 10 s, heard a little differently twice."""
    language: Language = draw(st.sampled_from(["en", "es"]))
    # A seed alone is drawn: a thousand draws for each recording would take seconds.
    seed = draw(st.integers(0, 2**32 - 1))
    chance = Random(seed)  # noqa: S311  # of words, not of secrets
    spoken = speech(chance, language)
    duration = round(spoken[-1]["end"] + 1.0, 3)
    cuts = [second for second in (30.0, 60.0) if second + 15 < duration]
    starts = [0.0, *(cut - OVERLAP_SECONDS / 2 for cut in cuts)]
    ends = [*(cut + OVERLAP_SECONDS / 2 for cut in cuts), duration]
    losing = draw(st.lists(st.sampled_from(["left", "right", None]), min_size=2, max_size=2))
    chunks = []
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        heard = hearing(chance, spoken, Stretch(start, end, index == 0, index == len(cuts)))
        gaps = []
        if index and losing[index - 1] == "right":
            gaps.append(gap(chance, 1.0, OVERLAP_SECONDS - 4))
        if index < len(cuts) and losing[index] == "left":
            last = end - start
            gaps.append(gap(chance, last - OVERLAP_SECONDS + 4, last - 1))
        heard = [
            said
            for said in heard
            if all(said["end"] <= gap["start"] or said["start"] >= gap["end"] for gap in gaps)
        ]
        segments = segmentation(chance, heard, language)
        chunks.append(results.result(index, start, end, segments, gaps=gaps, language=language))
    return Recording(seed, language, spoken, chunks, duration)


def speech(chance: Random, language: Language) -> list[Word]:
    """40 to 150 words; now and then one is said twice."""
    words: list[Word] = []
    at = 0.0
    for _ in range(chance.randint(40, 150)):
        again = bool(words) and chance.random() < 0.1
        name = words[-1]["word"] if again else chance.choice(VOCABULARIES[language])
        length = chance.randint(300, 700) / 1000
        words.append(word(name, round(at, 3), round(at + length, 3)))
        at += length + 0.05
    return words


class Stretch(NamedTuple):
    """One chunk's place in seconds, and whether it is the file's first or last one."""

    start: float
    end: float
    first: bool
    last: bool


def hearing(chance: Random, spoken: list[Word], stretch: Stretch) -> list[Word]:
    """What one chunk's engine makes of its stretch: at its cuts it misses and mishears words."""
    inside = [
        said for said in spoken if said["start"] < stretch.end and said["end"] > stretch.start
    ]
    begin, muffled = (0, 0) if stretch.first else edge(chance)
    missed, cut_off = (0, 0) if stretch.last else edge(chance)
    inside = inside[begin : len(inside) - missed]
    length = stretch.end - stretch.start
    heard: list[Word] = []
    earliest = 0.0
    for index, said in enumerate(inside):
        at = min(max(said["start"] - stretch.start + jitter(chance), earliest), length)
        until = min(max(said["end"] - stretch.start + jitter(chance), at), length)
        misheard = index < muffled or index >= len(inside) - cut_off
        text = f"mm{index}" if misheard else written(chance, said["word"])
        heard.append(word(text, round(at, 3), round(until, 3)))
        earliest = at
    return heard


def edge(chance: Random) -> tuple[int, int]:
    return chance.randint(0, EDGE_WORDS), chance.randint(0, EDGE_WORDS)


def jitter(chance: Random) -> float:
    return chance.uniform(-JITTER_SECONDS, JITTER_SECONDS)


def written(chance: Random, name: str) -> str:
    """A word as one hearing writes it: capitals and punctuation are the model's own."""
    return chance.choice([name, name, name.capitalize(), f"{name},", f"¿{name}", f"{name}."])


def gap(chance: Random, earliest: float, latest: float) -> Gap:
    start = chance.uniform(earliest, latest - 1)
    end = chance.uniform(start + 0.5, latest)
    return {"start": round(start, 3), "end": round(end, 3), "reason": "repetition"}


def segmentation(chance: Random, heard: list[Word], language: Language) -> list[Segment]:
    doubts: list[list[Doubt]] = [[], [], ["low_probability"], ["token_limit", "low_probability"]]
    size = chance.randint(1, 12)
    return [
        segment(heard[first : first + size], language, doubts=chance.choice(doubts))
        for first in range(0, len(heard), size)
    ]
