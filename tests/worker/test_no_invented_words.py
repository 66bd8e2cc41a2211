"""Whatever is not speech has no words: every kind of sound through the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.quality.measuring.engine import words_of
from models.sounds import KINDS, sound
from models.speech import SAMPLE_RATE
from samples.scenes import scenes
from tests.worker.real_engine import LANGUAGES, transcribe

if TYPE_CHECKING:
    from scribe.shapes import Language
    from worker.engine.protocol import Engine

    from models.sounds import Kind

pytestmark = pytest.mark.whisperx

LENGTHS_AND_SEEDS = ((0.3, 1), (3.0, 2), (10.0, 3), (30.0, 4), (30.0, 5))
NEAR_SPEECH_SECONDS = 0.5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_has_no_words(engine: Engine, kind: Kind, language: Language) -> None:
    for seconds, seed in LENGTHS_AND_SEEDS:
        heard = transcribe(engine, sound(kind, seconds, seed), language)
        assert [word["word"] for word in words_of(heard.segments)] == [], (seconds, seed)


@pytest.mark.parametrize("level", [0.0, 1e-5, 1e-3])
def test_digital_silence_and_a_quiet_room_have_no_words(engine: Engine, level: float) -> None:
    for seconds in (0.0, 0.05, 1.0, 29.9, 60.0):
        noise = np.random.default_rng(1).standard_normal(int(seconds * SAMPLE_RATE), np.float32)
        heard = transcribe(engine, noise * np.float32(level))
        assert (list(heard.segments), heard.speech_seconds) == ([], 0)


@pytest.mark.parametrize("name", ["music between the sentences", "beeps, keys, ringing between"])
def test_words_are_where_somebody_speaks_and_not_in_the_music_between(
    engine: Engine, name: str
) -> None:
    scene = next(scene for scene in scenes() if scene.name == name)
    words = words_of(transcribe(engine, scene.samples).segments)
    assert words
    for word in words:
        middle = (word["start"] + word["end"]) / 2
        assert any(
            start - NEAR_SPEECH_SECONDS <= middle <= end + NEAR_SPEECH_SECONDS
            for start, end in scene.speech
        ), word
