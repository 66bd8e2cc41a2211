"""Parts of the samples, noise under them, and scenes made of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import all_samples, sample
from samples.noise import level, mixed
from samples.passages import passage, passages
from samples.scenes import scenes

if TYPE_CHECKING:
    from models.sounds import Kind
    from samples import Sample

SAMPLE_RATE = 16_000


@pytest.mark.parametrize("known", all_samples(), ids=lambda known: known.name)
@given(longest=st.floats(60, 2_000))
def test_parts_hold_every_word_once_and_cut_none(known: Sample, longest: float) -> None:
    parts = list(passages(known, longest))
    assert (parts[0].start, parts[-1].end) == (0, known.duration_seconds)
    assert [word for part in parts for word in part.words] == list(known.words)
    for before, after in pairwise(parts):
        assert before.end == after.start
        assert before.words[-1].end < before.end < after.words[0].start
    assert all(part.seconds < 1.5 * longest + 40 for part in parts)


def test_a_part_begins_and_ends_in_pauses_near_the_seconds_asked_for() -> None:
    part = passage(sample("long"), 60, 240)
    assert abs(part.start - 60) <= 20
    assert abs(part.end - 240) <= 20
    assert part.start < part.words[0].start < part.words[-1].end < part.end


def test_a_part_knows_the_language_of_each_second() -> None:
    mixed_languages = sample("english-then-spanish")
    whole = passage(mixed_languages, 0, mixed_languages.duration_seconds)
    spanish = mixed_languages.stretches[1].start
    assert [whole.language_at(second) for second in (0, spanish - 1, spanish + 1, 999)] == [
        "en",
        "en",
        "es",
        "es",
    ]


@settings(max_examples=25)
@given(st.sampled_from(["white noise", "pink noise", "band"]), st.floats(0, 30), st.integers(0, 9))
def test_noise_lies_as_far_below_the_speech_as_asked(kind: Kind, snr_db: float, seed: int) -> None:
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    speech = (0.2 * np.sin(2 * np.pi * 300 * time) * (time < 1)).astype(np.float32)
    loudness = level(speech, [(0.0, 1.0)])
    both = mixed(speech, kind, loudness, snr_db, seed)
    # The whole may have been made quieter: compare with what is left of the speech itself.
    scale = float(np.dot(both, speech) / np.dot(speech, speech))
    noise = both - np.float32(scale) * speech
    assert np.max(np.abs(both)) <= 1
    assert 20 * np.log10(scale * loudness / level(noise)) == pytest.approx(snr_db, abs=1.5)


def test_in_a_scene_speech_is_where_it_is_said_to_be() -> None:
    talk = next(scenes())
    inside = level(talk.samples, talk.speech)
    ends = [0.0, *(end for _, end in talk.speech)]
    pauses = [
        (end + 0.15, start - 0.15) for end, (start, _) in zip(ends, talk.speech, strict=False)
    ]
    assert len(talk.speech) == 12
    assert 20 * np.log10(inside / level(talk.samples, pauses)) > 30
