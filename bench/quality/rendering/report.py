"""What a person reads who measured recordings of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.quality import pooling
from bench.quality.rendering import gates, sections
from bench.quality.rendering.tables import counted, percent, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.quality.results import Hearing


def render(hearings: Sequence[Hearing]) -> str:
    """Errors by recording, confidence, and the gates' figures, as Markdown."""
    texts = [text for hearing in hearings for text in hearing.texts]
    return "\n\n".join(
        (
            _errors(hearings),
            sections.confidence(hearings),
            f"Area under the ROC curve of confidence: {sections.rank(hearings)}",
            gates.figures(texts),
            gates.refused(texts),
        )
    )


def _errors(hearings: Sequence[Hearing]) -> str:
    rows = [_row(hearing.name, [hearing]) for hearing in hearings]
    head = [
        "Recording",
        "words",
        "word error rate",
        "substituted",
        "left out",
        "added",
        "doubtful segments",
        "gaps",
        "s per s of audio",
    ]
    return table(head, [*rows, _row("**all**", hearings)])


def _row(title: str, hearings: Sequence[Hearing]) -> list[str]:
    errors = pooling.errors(hearings)
    doubtful = sum(hearing.doubtful for hearing in hearings)
    took = sum(hearing.engine_seconds for hearing in hearings)
    return [
        title,
        str(errors.said),
        # Without a word said there is no rate: the added words say it all.
        percent(errors.rate) if errors.said else "nobody speaks",
        str(errors.substituted),
        str(errors.missed),
        str(errors.added),
        f"{doubtful} of {sum(hearing.segments for hearing in hearings)}",
        counted(pooling.gap_seconds(hearings), " s"),
        f"{took / sum(hearing.seconds for hearing in hearings):.3f}",
    ]
