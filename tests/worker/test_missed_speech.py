"""Where the detector is asked once more."""

from __future__ import annotations

import numpy as np
import pytest
from worker.missed_speech import amplified, stretches
from worker.models import MissedSpeech

from tests.worker.support import SAMPLE_RATE

SETTINGS = MissedSpeech()


def noise_with(*sounds: tuple[float, float], seconds: float = 20, level: float = 0.1) -> np.ndarray:
    """Faint noise, and sounds in some places."""
    random = np.random.default_rng(3)
    samples = random.normal(0, 0.002, int(seconds * SAMPLE_RATE))
    for start, end in sounds:
        place = slice(int(start * SAMPLE_RATE), int(end * SAMPLE_RATE))
        samples[place] += random.normal(0, level, len(samples[place]))
    return samples.astype(np.float32)


def test_a_sound_that_is_no_speech_to_the_detector_is_looked_at() -> None:
    found = stretches(noise_with((5, 7), (12, 14)), [(5, 7)], SETTINGS)
    assert found == [pytest.approx((11.8, 14.2), abs=0.05)]


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (noise_with(), "noise"),
        (noise_with(seconds=0), "nothing"),
        (np.zeros(20 * SAMPLE_RATE, dtype=np.float32), "digital silence"),
        (noise_with((3, 3.5)), "a knock"),
        (noise_with((3, 3.05), (3.3, 3.35), (3.6, 3.65), (3.9, 3.95), (4.2, 4.25)), "ticking"),
        (noise_with((3, 8), level=0.004), "a little more noise"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_there_is_nothing_to_look_at_in(samples: np.ndarray, why: str) -> None:
    assert stretches(samples, [], SETTINGS) == [], why


def test_what_still_sounds_after_known_speech_is_part_of_it() -> None:
    assert stretches(noise_with((5, 8)), [(5.15, 7.85)], SETTINGS) == []


def test_short_quiet_between_words_does_not_cut_a_stretch() -> None:
    found = stretches(noise_with((5, 6), (6.2, 7)), [], SETTINGS)
    assert found == [pytest.approx((4.8, 7.2), abs=0.05)]


def test_only_so_many_stretches_are_looked_at_and_the_longest_of_them() -> None:
    sounds = [(float(start), start + 1.2 + start / 100) for start in range(2, 58, 4)]
    found = stretches(noise_with(*sounds, seconds=60), [], SETTINGS)
    assert len(found) == SETTINGS.most_windows
    assert [round(start + 0.2) for start, _ in found] == [
        start for start, _ in sounds[-SETTINGS.most_windows :]
    ]


def test_stretches_lie_in_the_audio() -> None:
    found = stretches(noise_with((0, 2), (10, 12), seconds=12), [], SETTINGS)
    assert found[0][0] == 0
    assert found[-1][1] == pytest.approx(12)


def test_what_is_found_never_reaches_into_a_window_that_was_heard() -> None:
    for end in np.arange(5.0, 5.05, 0.007):
        (found,) = stretches(noise_with((3, 9)), [(3.0, float(end)), (7.013, 9.0)], SETTINGS)
        assert end <= found[0] < found[1] <= 7.013


def test_a_quiet_stretch_is_made_as_loud_as_speech_and_nothing_else_is_touched() -> None:
    samples = noise_with((5, 7), level=0.001)
    louder = amplified(samples, [(5.0, 7.0)])
    place = slice(5 * SAMPLE_RATE, 7 * SAMPLE_RATE)
    assert np.sqrt(np.mean(louder[place] ** 2)) == pytest.approx(0.1, rel=0.05)
    assert np.abs(louder).max() <= 1
    louder[place] = samples[place]
    assert np.array_equal(louder, samples)


def test_a_loud_stretch_stays_as_it_is() -> None:
    samples = noise_with((5, 7), level=0.2)
    assert np.array_equal(amplified(samples, [(5.5, 6.5)]), samples)
