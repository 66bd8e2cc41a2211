"""The wave form for the player, and the windows that the language is detected on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scribe import schemas
from scribe.levels import frame_levels
from scribe.peaks import PeakCollector
from scribe.probe import ProbeCollector, ProbeRules

from tests.unit.audio_support import noise


@given(st.lists(st.integers(min_value=1, max_value=40_000), min_size=1, max_size=12))
def test_peaks_are_the_extremes_of_equal_stretches_of_the_whole_recording(
    lengths: list[int],
) -> None:
    samples = noise(sum(lengths) / 16_000, -20)
    collector = PeakCollector(most_stretches=8)
    start = 0
    for length in lengths:
        collector.add(samples[start : start + length])
        start += length
    document = collector.document()

    schemas.validate("peaks", document)
    stretch = round(document["stretch_seconds"] * 16_000)
    parts = [samples[at : at + stretch] for at in range(0, len(samples), stretch)]
    expected = [value for part in parts for value in (part.min() >> 8, part.max() >> 8)]
    assert document["peaks"] == expected
    assert len(parts) <= 8


def test_peaks_need_no_more_room_for_a_longer_recording() -> None:
    collector = PeakCollector(most_stretches=64)
    for minute in range(10):
        collector.add(noise(60, -20, seed=minute))
    document = collector.document()
    assert 32 <= len(document["peaks"]) / 2 <= 64
    assert document["duration_seconds"] == 600


def test_a_single_sample_has_peaks() -> None:
    collector = PeakCollector()
    collector.add(np.array([-256], dtype=np.int16))
    assert collector.document()["peaks"] == [-1, -1]


class TestProbe:
    RULES = ProbeRules(windows=4, window_seconds=2)

    def probe_of(self, loud_seconds: set[int], total: int) -> ProbeCollector:
        """A quiet recording of that many seconds, with some loud ones, all different."""
        collector = ProbeCollector(self.RULES)
        for second in range(total):
            samples = noise(1, -20 if second in loud_seconds else -60, seed=second)
            collector.add(samples, frame_levels(samples), -60)
        return collector

    def test_it_takes_the_windows_with_sound_from_all_over_the_recording(self) -> None:
        loud = {2, 3, 40, 41, 70, 71, 110, 111}
        probe = self.probe_of(loud, 128).samples()
        expected = [noise(1, -20, seed=second) for second in sorted(loud)]
        assert np.array_equal(probe, np.concatenate(expected))

    def test_it_is_no_longer_than_its_windows_whatever_the_recording(self) -> None:
        for total in (1, 2, 7, 15, 16, 17, 100, 129):
            samples = self.probe_of(set(), total).samples()
            assert 0 < len(samples) <= 4 * 2 * 16_000

    def test_a_recording_shorter_than_a_window_is_its_own_probe(self) -> None:
        assert np.array_equal(self.probe_of(set(), 1).samples(), noise(1, -60, seed=0))
