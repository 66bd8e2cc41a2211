"""The engine's judgement on real audio: evidence, second tries, vocabulary, missed speech."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from worker.gates import Gates
from worker.second_tries import Way
from worker.windows import Window

from models.sounds import KINDS, Kind, sound
from tests.worker.real_engine import error_rate, recording, transcribe
from tests.worker.support import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worker.engine.chunk_decoder import ChunkDecoder
    from worker.engine.protocol import Samples
    from worker.engine.whisperx_engine import WhisperXEngine
    from worker.evidence import Evidence

pytestmark = pytest.mark.whisperx

VOCABULARY = "Okonkwo, Bratislava"
BOTH: Samples = np.concatenate([recording("en").samples, recording("es").samples])


def decoder_of(
    engine: WhisperXEngine, samples: Samples, hot_words: str | None = None, batch_size: int = 8
) -> ChunkDecoder:
    from worker.engine.chunk_decoder import ChunkAudio, ChunkDecoder  # noqa: PLC0415  # torch

    audio = ChunkAudio(samples, "en", ("en", "es"), hot_words)
    return ChunkDecoder(engine._pipeline, audio, batch_size, lambda _: None)


def texts(evidence: Sequence[Evidence]) -> list[str]:
    return [each.text for each in evidence]


@pytest.fixture(scope="module")
def windows(engine: WhisperXEngine) -> list[Window]:
    return engine._windows(BOTH)


@pytest.fixture(scope="module")
def evidence(engine: WhisperXEngine, windows: list[Window]) -> list[Evidence]:
    return decoder_of(engine, BOTH).decode(windows, Way())


@pytest.fixture
def judged_by(engine: WhisperXEngine) -> Iterator[WhisperXEngine]:
    profile = engine._profile
    yield engine
    engine._profile = profile


def test_every_window_of_speech_has_sane_evidence(evidence: list[Evidence]) -> None:
    for each in evidence:
        assert 0 <= each.no_speech_probability < 0.5
        assert -1 < each.mean_log_probability < 0
        assert 0 < each.token_count < each.token_limit == 224
        assert 0.5 < each.compression_ratio < 2.4
        assert len(each.word_confidences) == len(each.text.split()) > 0
        assert all(known is not None and 0 < known <= 1 for known in each.word_confidences)


def test_a_batch_of_two_languages_is_scored_as_its_windows_are_alone(
    engine: WhisperXEngine, windows: list[Window], evidence: list[Evidence]
) -> None:
    assert {each.language for each in evidence} == {"en", "es"}
    alone = decoder_of(engine, BOTH, batch_size=1).decode(windows, Way())
    for one, other in zip(alone, evidence, strict=True):
        assert one.language == other.language
        if one.text == other.text:  # the rounding of a batch may turn a close decision
            assert one.word_confidences == pytest.approx(other.word_confidences, abs=0.05)
    assert sum(one.text == other.text for one, other in zip(alone, evidence, strict=True)) >= 5


def test_a_sampled_text_is_the_same_whatever_was_decoded_before_and_beside_it(
    engine: WhisperXEngine, windows: list[Window]
) -> None:
    way = Way(temperature=0.8)
    first = decoder_of(engine, BOTH).decode(windows, way)
    again = decoder_of(engine, BOTH).decode(windows, way)
    assert again == first
    assert {each.temperature for each in first} == {0.8}
    assert all(each.mean_log_probability < 0 for each in first)
    assert texts(first) != texts(decoder_of(engine, BOTH).decode(windows, Way()))


def test_a_prompt_leaves_less_room_for_text(engine: WhisperXEngine, windows: list[Window]) -> None:
    long = ", ".join(f"Okonkwo {place}" for place in range(40))
    chosen = engine._hot_words(long)
    assert chosen.use["token_count"] <= 223
    assert chosen.use["dropped"]
    decoder = decoder_of(engine, BOTH, chosen.prompt)
    (prompted,) = decoder.decode(windows[:1], Way())
    (plain,) = decoder.decode(windows[:1], Way(uses_hot_words=False))
    # <|startofprev|> and the terms; of the rest, the last token is no part of the prompt.
    assert prompted.token_limit == 448 - (1 + chosen.use["token_count"] + 3)
    assert plain.token_limit == 224


def test_the_same_chunk_is_transcribed_to_the_same_words(engine: WhisperXEngine) -> None:
    first, again = transcribe(engine, BOTH), transcribe(engine, BOTH)
    assert first.segments == again.segments
    assert not first.gaps


def test_a_vocabulary_is_told_for_one_call_and_forgotten_even_when_the_call_fails(
    engine: WhisperXEngine,
) -> None:
    samples = recording("en").samples
    told: list[str | None] = []

    def fail(_: float) -> None:
        told.append(engine._pipeline.options.hotwords)
        raise KeyError("in the middle")

    before = transcribe(engine, samples, "en")
    options = engine._pipeline.options
    with pytest.raises(KeyError):
        engine.transcribe(samples, "en", vocabulary=VOCABULARY, batch_scale=1.0, progress=fail)
    assert told == [VOCABULARY]
    assert engine._pipeline.options is options
    after = transcribe(engine, samples, "en")
    assert after.segments == before.segments
    assert (before.vocabulary["text"], before.vocabulary["token_count"]) == ("", 0)


def test_what_became_of_a_vocabulary_is_reported(engine: WhisperXEngine) -> None:
    used = transcribe(engine, recording("en").samples, "en", VOCABULARY).vocabulary
    assert used == {"text": VOCABULARY, "token_count": used["token_count"], "dropped": []}
    assert 4 <= used["token_count"] <= 20


def test_words_that_stay_unlikely_are_kept_and_marked_and_progress_never_goes_back(
    judged_by: WhisperXEngine,
) -> None:
    """With a gate that nothing passes: every window is halved and sampled."""
    spoken = recording("en")
    judged_by._profile = replace(judged_by._profile, gates=Gates(log_probability=0.0))
    told: list[float] = []
    done = judged_by.transcribe(spoken.samples, "en", batch_scale=1.0, progress=told.append)
    assert all(segment["doubts"] == ["low_probability"] for segment in done.segments)
    assert all(segment["doubtful"] for segment in done.segments)
    assert error_rate(spoken.text, list(done.segments)) <= 0.3
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_a_window_that_is_dropped_is_a_gap_and_no_speech(judged_by: WhisperXEngine) -> None:
    gates = Gates(certain_no_speech_probability=-1.0)
    judged_by._profile = replace(judged_by._profile, gates=gates)
    nothing = transcribe(judged_by, recording("en").samples, "en")
    assert not nothing.segments
    assert {gap["reason"] for gap in nothing.gaps} == {"no_speech"}
    assert nothing.speech_seconds == 0


def test_a_sentence_far_quieter_than_the_others_is_found(
    engine: WhisperXEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 dB quieter: the detector, tuned to speech at its usual level, does not hear it."""
    samples = recording("en").samples
    first = samples[: 7 * SAMPLE_RATE]
    quiet = 0.01 * samples[int(7.2 * SAMPLE_RATE) : int(12.8 * SAMPLE_RATE)]
    noise = np.random.default_rng(2).normal(0, 10 ** (-75 / 20), 16 * SAMPLE_RATE)
    chunk = noise.astype(np.float32)
    chunk[: len(first)] += first
    chunk[8 * SAMPLE_RATE : 8 * SAMPLE_RATE + len(quiet)] += quiet

    found = transcribe(engine, chunk, "en")
    monkeypatch.setattr(engine, "_unclaimed", lambda samples, _: ([], samples))
    missed = transcribe(engine, chunk, "en")
    assert all(segment["end"] < 7.5 for segment in missed.segments)
    late = [segment for segment in found.segments if segment["start"] > 7.5]
    assert late
    assert not any(segment["doubtful"] for segment in late)
    assert list(found.segments[: len(missed.segments)]) == list(missed.segments)
    assert found.speech_seconds > missed.speech_seconds + 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_is_invented_where_a_detector_takes_a_sound_for_speech(
    engine: WhisperXEngine, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = [Window(((0.0, 6.0),)), Window(((6.0, 8.0),))]
    monkeypatch.setattr(engine, "_windows", lambda *_: claimed)
    for vocabulary in ("", VOCABULARY):
        heard = transcribe(engine, sound(kind, 8, seed=6), "en", vocabulary)
        assert [segment["text"] for segment in heard.segments] == []
        assert {gap["reason"] for gap in heard.gaps} == {"no_speech"}
        assert heard.speech_seconds == 0
