"""Codecs and surroundings change how speech sounds, not when or whether it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.coded import WAYS, Way, through
from models.speech import SAMPLE_RATE
from tests.worker.utterances import utterances_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.whisperx


def loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of every 10 ms."""
    whole = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    return np.asarray(np.sqrt(np.mean(whole**2, axis=1)))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.file} {way.variant}")
def test_an_utterance_after_a_codec_is_another_and_begins_at_the_same_moment(way: Way) -> None:
    utterances = utterances_of("english")[:3]

    for before, after in zip(utterances, through(utterances, way), strict=True):
        assert after.words == before.words
        assert len(after.samples) == len(before.samples)
        assert not np.allclose(after.samples, before.samples, atol=1e-3)
        lags = range(-SAMPLE_RATE // 1_600, SAMPLE_RATE // 1_600)
        true, heard = loudness(before.samples), loudness(after.samples)
        best = max(lags, key=lambda lag: float(np.dot(np.roll(heard, lag), true)))
        assert abs(best) <= 2  # of 10 ms


def test_speech_stays_what_is_loudest_in_its_surroundings() -> None:
    import torch  # noqa: PLC0415  # takes seconds

    from models import mel as features  # noqa: PLC0415  # as above
    from models.surroundings import Surroundings  # noqa: PLC0415  # as above

    spoken = features.log_mel(utterances_of("english")[1].samples)
    windows = torch.full((60, 100 + len(spoken), features.BANDS), features.SILENCE)
    windows[:, 50:-50] = spoken

    degraded = Surroundings(seed=5).degrade(windows)

    assert torch.isfinite(degraded).all()
    during, before = degraded[:, 50:-50].amax(dim=(1, 2)), degraded[:, :45].amax(dim=(1, 2))
    assert float((during > before).float().mean()) > 0.9
    assert not torch.allclose(degraded[0], degraded[1], atol=0.1)


def test_the_same_seed_draws_the_same_surroundings() -> None:
    import torch  # noqa: PLC0415  # takes seconds

    from models.surroundings import Surroundings  # noqa: PLC0415  # as above

    windows = torch.zeros(4, 100, 80)

    assert torch.equal(Surroundings(5).degrade(windows), Surroundings(5).degrade(windows))
