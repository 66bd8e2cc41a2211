"""Makes the segments of one window of its timed sentences and what is known about its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scribe import confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scribe.shapes import Segment, Word

    from worker.verdicts import Heard


def of_window(
    heard: Heard, sentences: Iterable[Sequence[Word]], doubtful_confidence: float
) -> list[Segment]:
    """One segment for each sentence.

    Args:
        heard: the window, with a confidence for each word of its text, or for none.
        sentences: the window's words in their order, timed.
        doubtful_confidence: below it, a sentence is one that the model was unsure of.
    """
    confidences = iter(heard.evidence.word_confidences)
    segments: list[Segment] = []
    for sentence in sentences:
        words: list[Word] = [{**word, "confidence": next(confidences, None)} for word in sentence]
        segments.append(_segment(heard, words, doubtful_confidence))
    return segments


def _segment(heard: Heard, words: list[Word], doubtful_confidence: float) -> Segment:
    sureness = confidence.mean(words)
    doubts = set(heard.doubts)
    if sureness is not None and sureness < doubtful_confidence:
        doubts.add("low_probability")
    return {
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "language": heard.evidence.language,
        "speaker": None,
        "text": " ".join(word["word"] for word in words),
        "confidence": sureness,
        "doubtful": bool(doubts),
        "doubts": sorted(doubts),
        "words": words,
    }
