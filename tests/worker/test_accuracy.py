"""How many words are wrong in the samples, and whether confidence knows which; real engine.

The error rates are those the platform promises for its samples; they say nothing about a real
model. `npm run quality` measures the whole of every sample.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import pytest

from bench.quality import pooling
from bench.quality.confidence import ranking
from bench.quality.measuring.engine import Listener
from bench.quality.measuring.samples import hear, listen
from bench.quality.results import Condition, Noise
from models.speech import SAMPLE_RATE
from samples import sample
from samples.passages import Passage, passage
from samples.variants import decoded

if TYPE_CHECKING:
    from worker.engine.protocol import Engine

    from bench.quality.results import Hearing, JudgedWord
    from samples import CutPlace
    from samples.variants import Variant

pytestmark = pytest.mark.whisperx

CLEAN, CODED = 0.06, 0.12
SHORT = ("english", "spanish", "english-then-spanish")
LONG = sample("long")
MOST_SECONDS: dict[Variant, float] = {"clean": 180, "phone": 60, "mp3": 60}


def transcribed(engine: Engine, part: Passage, variant: Variant = "clean") -> Hearing:
    samples = decoded(part.sample.path, variant, seconds=part.end)[
        round(part.start * SAMPLE_RATE) :
    ]
    return listen(Listener(engine, []), part, Condition(variant), samples)


@pytest.mark.parametrize(("variant", "most"), [("clean", CLEAN), ("phone", CODED), ("mp3", CODED)])
@pytest.mark.parametrize("name", [*SHORT, "long"])
def test_hardly_a_word_is_wrong(engine: Engine, name: str, variant: Variant, most: float) -> None:
    known = sample(name)
    part = passage(known, 0, min(known.duration_seconds, MOST_SECONDS[variant]))
    heard = transcribed(engine, part, variant)
    assert pooling.errors([heard]).rate <= most
    assert {language for language, errors in heard.errors.items() if errors.said} == {
        stretch.language for stretch in part.stretches
    }


@pytest.mark.parametrize("place", LONG.cut_critical, ids=lambda place: place.what)
def test_no_more_words_are_wrong_around_a_cut(engine: Engine, place: CutPlace) -> None:
    part = passage(LONG, place.at_seconds - 30, place.at_seconds + 30)
    assert pooling.errors([transcribed(engine, part)]).rate <= CLEAN


@pytest.fixture(scope="module")
def noisy_words(engine: Engine) -> list[JudgedWord]:
    """Words of two recordings in noise that spoils some of them and not all."""
    noises = (Noise("white", -5), Noise("pink", 0))
    parts = [passage(sample(name), 0, sample(name).duration_seconds) for name in SHORT[:2]]
    return [
        word
        for noise in noises
        for part in parts
        for word in hear(Listener(engine, []), (part, Condition("clean", noise))).words
    ]


def test_words_of_low_confidence_are_wrong_more_often(noisy_words: list[JudgedWord]) -> None:
    known = [
        (word.confidence, word.is_wrong) for word in noisy_words if word.confidence is not None
    ]
    middle = median(confidence for confidence, _ in known)
    low = [is_wrong for confidence, is_wrong in known if confidence < middle]
    high = [is_wrong for confidence, is_wrong in known if confidence >= middle]
    assert sum(low) >= 10
    assert sum(low) / len(low) >= 2 * sum(high) / len(high)
    ranked = ranking(noisy_words)
    assert ranked is not None
    assert ranked >= 0.6


def test_the_confidence_of_nearly_every_word_is_known(noisy_words: list[JudgedWord]) -> None:
    unknown = sum(word.confidence is None for word in noisy_words)
    assert unknown <= 0.02 * len(noisy_words)
