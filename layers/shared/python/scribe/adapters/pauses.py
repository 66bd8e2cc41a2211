"""Finds pauses with pydub; only ever given the window around one cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydub import AudioSegment  # type: ignore[import-untyped]  # ships no types
from pydub.silence import detect_silence  # type: ignore[import-untyped]  # ships no types

from scribe.clock import SAMPLE_RATE
from scribe.cuts import Stretch

if TYPE_CHECKING:
    from scribe.levels import Samples

_STEP_MILLISECONDS: Final = 20
_SAMPLES_PER_MILLISECOND: Final = SAMPLE_RATE // 1000


def find_pauses(
    samples: Samples, threshold_dbfs: float, *, shortest_seconds: float = 0.3
) -> list[Stretch]:
    """Find the stretches whose level stays below a threshold.

    Args:
        samples: the window; pydub looks at 50 places a second, so a minute is plenty.
        threshold_dbfs: the highest level of a pause.
        shortest_seconds: the shortest pause; levels are those of stretches this long.

    Returns:
        The pauses in order, in samples from the window's start.
    """
    window = AudioSegment(
        data=samples.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=1
    )
    found = detect_silence(
        window,
        min_silence_len=round(shortest_seconds * 1000),
        silence_thresh=threshold_dbfs,
        seek_step=_STEP_MILLISECONDS,
    )
    return [
        Stretch(start * _SAMPLES_PER_MILLISECOND, end * _SAMPLES_PER_MILLISECOND)
        for start, end in found
    ]
