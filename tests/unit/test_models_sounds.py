"""Sounds without a word: each kind is heard, lasts as long as asked, and can be made again."""

from __future__ import annotations

import numpy as np
import pytest

from models.sounds import KINDS, Kind, sound
from models.speech import SAMPLE_RATE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [0.0, 0.3, 5.0])
def test_a_sound_lasts_as_long_as_asked_and_never_clips(kind: Kind, seconds: float) -> None:
    samples = sound(kind, seconds, seed=1)

    assert samples.dtype == np.float32
    assert len(samples) == round(seconds * SAMPLE_RATE)
    assert np.max(np.abs(samples), initial=0.0) <= 0.501


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "silence"])
def test_a_sound_is_heard_and_another_seed_makes_another(kind: Kind) -> None:
    samples = sound(kind, 4.0, seed=1)

    assert np.max(np.abs(samples)) >= 0.049
    assert np.array_equal(samples, sound(kind, 4.0, seed=1))
    assert not np.array_equal(samples, sound(kind, 4.0, seed=2))


def test_silence_is_silent() -> None:
    assert not sound("silence", 1.0, seed=1).any()
