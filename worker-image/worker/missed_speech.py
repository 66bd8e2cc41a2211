"""Finds sound that the detector did not take for speech and that stands out from the noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from scribe.clock import SAMPLE_RATE
from scribe.levels import FRAME_SAMPLES, NoiseFloor, frame_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.engine.protocol import Samples
    from worker.models import MissedSpeech
    from worker.words import Span

_FRAME_SECONDS: Final = FRAME_SAMPLES / SAMPLE_RATE
_BRIDGED_FRAMES: Final = 15
"""0.3 s: the quiet between two words."""
_USUAL_LEVEL: Final = 0.1
"""The root mean square of speech at -20 dBFS."""
_MARGIN_FRAMES: Final = 10
"""0.2 s around a window, in which its last sound still fades; as much is given around what is
found."""


def stretches(samples: Samples, heard: Sequence[Span], settings: MissedSpeech) -> list[Span]:
    """Where there is sound that nobody listened to, in order; seconds.

    Args:
        samples: the whole chunk.
        heard: from where to where the windows of speech go, the pauses in them included.
        settings: what counts.
    """
    levels = frame_levels((samples * 32767).astype(np.int16))
    floor = NoiseFloor()
    floor.add(levels)
    is_loud = levels > floor.dbfs + settings.above_noise_db
    for start, end in heard:
        first = int(start / _FRAME_SECONDS) - _MARGIN_FRAMES
        is_loud[max(0, first) : math.ceil(end / _FRAME_SECONDS) + _MARGIN_FRAMES] = False
    loud = np.flatnonzero(is_loud)
    if not len(loud):
        return []
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > _BRIDGED_FRAMES) + 1)
    # A click at each end of a pause is no sound that lasts.
    long = [run for run in runs if len(run) * _FRAME_SECONDS >= settings.least_seconds / 2]
    long = [run for run in long if _length(run) * _FRAME_SECONDS >= settings.least_seconds]
    chosen = sorted(long, key=_length, reverse=True)[: settings.most_windows]
    limit = len(samples) / SAMPLE_RATE
    return sorted(
        (
            max(0.0, float(run[0] - _MARGIN_FRAMES) * _FRAME_SECONDS),
            min(limit, float(run[-1] + 1 + _MARGIN_FRAMES) * _FRAME_SECONDS),
        )
        for run in chosen
    )


def amplified(samples: Samples, quiet: Sequence[Span]) -> Samples:
    """A copy in which some stretches are as loud as speech usually is; models know no whisper.

    Args:
        samples: the whole chunk.
        quiet: the stretches; seconds.
    """
    louder = samples.copy()
    for start, end in quiet:
        part = louder[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
        root_mean_square = float(np.sqrt(np.mean(part**2)))
        part *= max(1.0, _USUAL_LEVEL / root_mean_square)
        np.clip(part, -1.0, 1.0, out=part)
    return louder


def _length(run: np.ndarray) -> int:
    return int(run[-1] - run[0]) + 1
