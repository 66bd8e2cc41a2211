"""Something else at a known level beside or under speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.sounds import sound
from models.speech import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from models.sounds import Kind

    Samples = NDArray[np.float32]


def level(samples: Samples, spans: Iterable[tuple[float, float]] | None = None) -> float:
    """The root mean square.

    Args:
        samples: 16 kHz mono.
        spans: in seconds; only what lies in them counts, so that pauses do not.
    """
    if spans is not None:
        parts = [samples[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b in spans]
        samples = np.concatenate(parts)
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def at_level(kind: Kind, count: int, wanted: float, seed: int) -> Samples:
    """A sound of so many samples whose root mean square is as wanted."""
    made = sound(kind, count / SAMPLE_RATE, seed)[:count]
    return made * np.float32(wanted / level(made))


def mixed(speech: Samples, kind: Kind, speech_level: float, snr_db: float, seed: int) -> Samples:
    """Speech with a sound under all of it.

    Args:
        speech: 16 kHz mono.
        kind: of sound.
        speech_level: the root mean square of the speech where somebody speaks.
        snr_db: how far the sound lies below that, in dB.
        seed: of the sound.

    Returns:
        As many samples; quieter as a whole if they would leave -1 to 1, never clipped.
    """
    sum_of_both = speech + at_level(kind, len(speech), speech_level * 10 ** (-snr_db / 20), seed)
    return sum_of_both / np.float32(max(1.0, float(np.max(np.abs(sum_of_both)))))
