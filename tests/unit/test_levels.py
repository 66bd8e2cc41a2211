"""How loud samples are, where the noise floor lies, and how two channels become one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe.downmix import Downmix
from scribe.levels import DIGITAL_SILENCE_DBFS, QUIETEST_DBFS, NoiseFloor, frame_levels

from tests.unit.audio_support import loudness, noise, tone


def test_a_square_wave_at_full_scale_has_zero_decibels() -> None:
    levels = frame_levels(np.full(640, -32768, dtype=np.int16))
    assert levels.tolist() == pytest.approx([0, 0], abs=0.01)


def test_frames_last_20_milliseconds_and_a_rest_counts() -> None:
    assert len(frame_levels(noise(1, -30))) == 50
    assert len(frame_levels(noise(1.001, -30))) == 51
    assert len(frame_levels(np.ones(1, dtype=np.int16))) == 1


def test_zeros_are_quieter_than_the_quietest_sound() -> None:
    zeros, quiet = np.zeros(320, dtype=np.int16), np.zeros(320, dtype=np.int16)
    quiet[0] = 1
    assert frame_levels(zeros)[0] == DIGITAL_SILENCE_DBFS < frame_levels(quiet)[0] == QUIETEST_DBFS


class TestNoiseFloor:
    @given(st.lists(st.floats(min_value=-95, max_value=-1, width=32), min_size=30, max_size=300))
    def test_it_is_the_tenth_percentile_to_a_quarter_of_a_decibel(
        self, levels: list[float]
    ) -> None:
        floor = NoiseFloor()
        floor.add(np.array(levels[:20], dtype=np.float32))
        floor.add(np.array(levels[20:], dtype=np.float32))
        expected = np.percentile(levels, 10, method="inverted_cdf")
        assert expected - 0.25 <= floor.dbfs <= expected + 0.01

    def test_padding_with_digital_silence_does_not_hide_the_floor_of_the_room(self) -> None:
        floor = NoiseFloor()
        floor.add(frame_levels(np.zeros(160_000, dtype=np.int16)))
        floor.add(frame_levels(noise(5, -50)))
        assert floor.dbfs == pytest.approx(-50.5, abs=1)

    def test_a_silent_recording_has_the_quietest_floor(self) -> None:
        assert NoiseFloor().dbfs == QUIETEST_DBFS


class TestDownmix:
    def test_one_channel_passes_untouched(self) -> None:
        samples = noise(1, -20)
        assert np.array_equal(Downmix().mono(samples.reshape(-1, 1)), samples)

    def test_two_channels_are_averaged(self) -> None:
        left, right = noise(1, -20, seed=1), noise(1, -20, seed=2)
        mixed = Downmix().mono(np.column_stack([left, right]))
        assert np.abs(mixed - (left.astype(float) + right) / 2).max() <= 0.5

    def test_channels_of_opposite_sign_are_not_silent(self) -> None:
        sound = tone(3)
        downmix = Downmix()
        blocks = np.column_stack([sound, -sound]).reshape(3, 16_000, 2)
        mixed = np.concatenate([downmix.mono(block) for block in blocks])
        assert loudness(mixed, [0.02, 3])[0] == pytest.approx(loudness(sound, [0, 3])[0], abs=0.1)

    def test_a_voice_on_one_side_only_stays_in_the_mix(self) -> None:
        sound = tone(1)
        mixed = Downmix().mono(np.column_stack([sound, np.zeros_like(sound)]))
        assert np.abs(mixed - sound / 2).max() <= 0.5

    def test_silence_between_out_of_phase_words_does_not_switch_to_and_fro(self) -> None:
        sound, silence = tone(1), np.zeros(16_000, dtype=np.int16)
        downmix = Downmix()
        downmix.mono(np.column_stack([sound, -sound]))
        downmix.mono(np.column_stack([silence, silence]))
        assert np.array_equal(downmix.mono(np.column_stack([sound, -sound])), sound)

    def test_a_change_of_channels_makes_no_click(self) -> None:
        sound = tone(1, hertz=100)
        downmix = Downmix()
        first = downmix.mono(np.column_stack([sound, sound]))
        second = downmix.mono(np.column_stack([sound // 8, -sound]))
        steps = np.abs(np.diff(np.concatenate([first, second]).astype(int)))
        assert steps.max() <= 2 * np.abs(np.diff(sound.astype(int))).max()
