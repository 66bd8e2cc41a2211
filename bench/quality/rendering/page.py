"""docs/quality.md: the text of page.md, with what was measured in its places."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from bench.quality.detector_choice import TOLERATED_MISSED, best, scores
from bench.quality.rendering import gates, sections
from bench.quality.rendering.tables import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.quality.detector_choice import Score
    from bench.quality.results import Results

TEXT: Final = Path(__file__).with_name("page.md")
CONFIDENCE_PICTURE: Final = "quality-confidence.svg"
NOISE_PICTURE: Final = "quality-noise.svg"


def render(results: Results, text: str) -> str:
    """The whole page, as Markdown.

    Args:
        results: what was measured.
        text: of the page, with a `$name` wherever something measured stands.
    """
    return Template(text).substitute(_machine(results), **_measured(results))


def _machine(results: Results) -> dict[str, str]:
    machine = results.machine
    return {
        "day": machine.day,
        "model": machine.model,
        "whisperx": machine.whisperx,
        "system": machine.system,
        "cores": str(machine.cores),
        "python": machine.python,
        "minutes": f"{results.took / 60:.0f}",
    }


def _measured(results: Results) -> dict[str, str]:
    found = scores(results.detections)
    texts = [text for hearing in results.noisy for text in hearing.texts]
    invented = sum(len(one.words) for one in results.sounds)
    return {
        "accuracy": sections.accuracy(results.samples),
        "times": sections.times(results.samples),
        "honesty": sections.honesty(results.samples),
        "confidence": sections.confidence(results.noisy),
        "confidence_picture": CONFIDENCE_PICTURE,
        "rank": sections.rank(results.noisy),
        "gates": gates.figures(texts),
        "refused": gates.refused(texts),
        "noise": sections.noise(results.noisy),
        "noise_picture": NOISE_PICTURE,
        "detection": sections.detection(results.detections),
        "detectors": _described(found),
        "winner": best(found).detector,
        "tolerated": percent(TOLERATED_MISSED, 0),
        "chosen": ", ".join(f"`{model}`: {vad}" for model, vad in results.chosen.items()),
        "sounds": sections.sounds(results.sounds),
        "sound_minutes": f"{sum(one.seconds for one in results.sounds) / 60:.0f}",
        "invented": f"{invented} {'word' if invented == 1 else 'words'}",
    }


def _described(found: Sequence[Score]) -> str:
    return "; ".join(
        f"**{score.detector}** misses {percent(score.missed)} of the speech, takes "
        f"{percent(score.false)} of the rest for speech, and needs "
        f"{score.real_time_factor:.4f} s for a second of audio"
        for score in found
    )
