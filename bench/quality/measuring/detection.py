"""The two detectors of speech on scenes in which the times of speech are known."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, get_args

from worker.models import VadName

from bench.quality import spans
from bench.quality.results import Detection
from models.speech import SAMPLE_RATE
from samples.scenes import PAUSE, scenes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.quality.spans import Span
    from samples.scenes import Scene

COLLAR: Final = 0.25
"""Seconds around each border of speech that are not judged, as NIST's md-eval leaves them out."""
_LONGEST_WINDOW_SECONDS: Final = 30
"""That of the real models; it does not change where speech is found, only how it is grouped."""
DETECTORS: Final[tuple[VadName, ...]] = get_args(VadName)


def detections() -> Iterator[Detection]:
    """Every detector on every scene, as the engine runs it, one after the other."""
    from worker.engine.speech import detector  # noqa: PLC0415  # imports torch

    loaded = {name: detector(name, "cpu") for name in DETECTORS}
    for scene in scenes():
        for name, one in loaded.items():
            began = time.monotonic()
            windows = one.windows(scene.samples, _LONGEST_WINDOW_SECONDS)
            took = time.monotonic() - began
            yield judge(name, scene, [span for window in windows for span in window.speech], took)


def judge(name: VadName, scene: Scene, found: Sequence[Span], took: float) -> Detection:
    """Compare what was found with where speech is; pure."""
    length = len(scene.samples) / SAMPLE_RATE
    speech = spans.united(scene.speech, bridge=PAUSE)
    collars = spans.united((edge - COLLAR, edge + COLLAR) for span in speech for edge in span)
    judged = spans.outside(collars, length)
    silence = spans.common(spans.outside(speech, length), judged)
    surely = spans.common(speech, judged)
    heard = spans.united(found, bridge=PAUSE)
    return Detection(
        detector=name,
        scene=scene.name,
        seconds=length,
        speech=spans.seconds(surely),
        other=spans.seconds(silence),
        missed=spans.seconds(surely) - spans.seconds(spans.common(surely, heard)),
        false=spans.seconds(spans.common(silence, heard)),
        took=took,
    )
