"""What became of each window, a text or a gap; and what follows for the whole chunk; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scribe.shapes import Doubt, Gap, GapReason

    from worker.evidence import Evidence
    from worker.windows import Window

_NOBODY_SPEAKS: Final = frozenset({"no_speech", "phantom", "vocabulary_only"})
_TOUCHING_SECONDS: Final = 1.0
"""The two halves of one window lie closer together."""


@dataclass(frozen=True)
class Heard:
    """A window whose text is kept.

    Attributes:
        doubts: what speaks against the text, after second tries too.
    """

    window: Window
    evidence: Evidence
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A window without a text that could be believed."""

    window: Window
    reason: GapReason


Verdict = Heard | Missing


def gaps(verdicts: Sequence[Verdict]) -> list[Gap]:
    """The windows without text, neighbours with one reason together; seconds."""
    found: list[Gap] = []
    previous: Verdict | None = None
    for verdict in verdicts:
        if isinstance(verdict, Missing):
            start, end = verdict.window.start, verdict.window.end
            if (
                isinstance(previous, Missing)
                and previous.reason == verdict.reason
                and start - previous.window.end <= _TOUCHING_SECONDS
            ):
                found[-1]["end"] = round(end, 3)
            else:
                found.append(
                    {"start": round(start, 3), "end": round(end, 3), "reason": verdict.reason}
                )
        previous = verdict
    return found


def speech_seconds(verdicts: Iterable[Verdict]) -> float:
    """How much speech there is, without what turned out to be none."""
    return sum(
        verdict.window.speech_seconds
        for verdict in verdicts
        if isinstance(verdict, Heard) or verdict.reason not in _NOBODY_SPEAKS
    )
