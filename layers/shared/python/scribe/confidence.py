"""Confidence of many words or segments as one number, weighted by how long each lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scribe.shapes import Segment, Word


def mean(spoken: Iterable[Word | Segment]) -> float | None:
    """The duration-weighted mean of all known confidences, or None where none is known."""
    known = [
        (item["end"] - item["start"], item["confidence"])
        for item in spoken
        if item["confidence"] is not None
    ]
    if not known:
        return None
    seconds = sum(duration for duration, _ in known)
    if seconds == 0:  # words without length weigh the same
        return round(sum(value for _, value in known) / len(known), 4)
    return round(sum(duration * value for duration, value in known) / seconds, 4)
