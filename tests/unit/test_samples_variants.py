"""A sample recording through a telephone and through a narrow MP3."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from samples import sample
from samples.variants import SAMPLE_RATE, VARIANTS, Variant, decoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RECORDING = sample("english")


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_keeps_the_clock(variant: Variant) -> None:
    samples = decoded(RECORDING.path, variant)
    clean = decoded(RECORDING.path)

    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(len(clean), abs=0.05 * SAMPLE_RATE)
    shared = min(len(samples), len(clean))
    loudness = [_loudness(track[:shared]) for track in (samples, clean)]
    lags = range(-10, 11)
    best = max(lags, key=lambda lag: float(np.dot(np.roll(loudness[0], lag), loudness[1])))
    assert abs(best) <= 1  # of 10 ms


def test_a_telephone_passes_nothing_above_4_khz_and_little_below_300_hz() -> None:
    clean, phone = decoded(RECORDING.path), decoded(RECORDING.path, "phone")

    assert _energy(phone, 4_200, 8_000) < 0.001 * _energy(clean, 4_200, 8_000)
    assert _energy(phone, 50, 150) < 0.2 * _energy(clean, 50, 150)
    assert _energy(phone, 500, 3_000) == pytest.approx(_energy(clean, 500, 3_000), rel=0.2)


def _loudness(samples: Samples) -> Samples:
    """Of every 10 ms."""
    whole = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    return np.asarray(np.sqrt(np.mean(whole**2, axis=1)))


def _energy(samples: Samples, lowest: float, highest: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(power[(frequencies >= lowest) & (frequencies < highest)].sum())
