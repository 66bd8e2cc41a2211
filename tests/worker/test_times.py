"""Word times on recordings whose every word is known, and what odd texts do to the aligner."""

from __future__ import annotations

import functools
import math
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worker.windows import Window

import samples
from models.measures import HeardWord, TimeErrors, time_errors
from models.unpack import unpack_fixture
from samples.variants import decoded
from tests.worker.real_engine import transcribe
from tests.worker.support import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Language, Word
    from worker.engine.alignment import Aligners
    from worker.engine.protocol import Engine, Samples

    from samples import Sample, SampleWord
    from samples.variants import Variant

pytestmark = pytest.mark.whisperx

SECONDS = 60
"""Of each recording: all of the short ones, and as much of the long one."""
LONGEST_WINDOW = 7
NAMES = ("english", "spanish", "english-then-spanish", "long")


@functools.cache
def audio(name: str, variant: Variant = "clean") -> Samples:
    return decoded(samples.sample(name).path, variant, seconds=SECONDS)


def p90(errors: Sequence[float]) -> float:
    return quantiles(errors, n=10, method="inclusive")[-1]


def compare(said: Sequence[SampleWord], words: Sequence[Word]) -> TimeErrors:
    heard = [HeardWord(word["word"], word["start"], word["end"]) for word in words]
    return time_errors([(word.word, word) for word in said], heard)


@pytest.fixture(scope="module")
def aligners() -> Aligners:
    import torch  # noqa: PLC0415  # seconds to import
    from worker.engine.alignment import Aligners  # noqa: PLC0415  # seconds to import

    torch.set_num_threads(1)
    folder = unpack_fixture().aligner
    return Aligners({"en": folder, "es": folder}, "cpu")


def spoken_in(window: Window, known: Sample) -> tuple[list[SampleWord], Language]:
    """The words that are said in a window, and their language."""
    middle = (window.start + window.end) / 2
    before = [stretch for stretch in known.stretches if stretch.start <= middle]
    said = [
        word for word in known.words if window.start <= (word.start + word.end) / 2 < window.end
    ]
    return said, before[-1].language


def errors_on_the_right_text(aligners: Aligners, name: str, variant: Variant) -> TimeErrors:
    from worker.engine.speech import SileroDetector  # noqa: PLC0415  # seconds to import

    heard, known = audio(name, variant), samples.sample(name)
    all_said: list[SampleWord] = []
    placed: list[Word] = []
    for window in SileroDetector().windows(heard, LONGEST_WINDOW):
        said, language = spoken_in(window, known)
        all_said += said
        sentences = aligners.align(heard, window, [word.word for word in said], language)
        placed += [word for sentence in sentences for word in sentence]
    assert [word["word"] for word in placed] == [word.word for word in all_said]
    return compare(all_said, placed)


@pytest.mark.parametrize("variant", ["clean", "mp3"])
@pytest.mark.parametrize("name", NAMES)
def test_the_right_words_begin_and_end_where_they_are_said(
    aligners: Aligners, name: str, variant: Variant
) -> None:
    errors = errors_on_the_right_text(aligners, name, variant)
    for distances in (errors.starts, errors.ends):
        assert median(distances) <= 40
        assert p90(distances) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_on_the_telephone_which_takes_the_end_of_an_s_words_may_end_a_little_early(
    aligners: Aligners, name: str
) -> None:
    errors = errors_on_the_right_text(aligners, name, "phone")
    assert max(median(errors.starts), median(errors.ends)) <= 40
    assert p90(errors.starts) <= 80
    assert p90(errors.ends) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_words_that_are_heard_right_have_their_times_through_the_whole_engine(
    engine: Engine, name: str
) -> None:
    transcribed = transcribe(engine, audio(name))
    words = [word for segment in transcribed.segments for word in segment["words"]]
    said = [word for word in samples.sample(name).words if word.end <= SECONDS]
    errors = compare(said, words)
    assert len(errors.starts) >= 0.8 * len(said)
    assert p90(errors.starts) <= 150
    assert p90(errors.ends) <= 150


ODD_TEXTS = (
    "The 3 customers paid 50 % of $20.",
    "¿Qué? ¡Mañana, a las 7:30!",
    "😀 … — ♪",
    "Привет everyone",
    "привет",
    "1 2 3 4 5 6",
    "x" * 60,
    "good " * 60,
    "İstanbul ǆ ß ŉ e\u0301 | |a| [pad] * **",
    "a",
)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_the_real_aligner_keeps_any_text(aligners: Aligners, text: str, language: Language) -> None:
    for speech in (((0.3, 1.7), (2.2, 4.8)), ((0.3, 0.35),), ((0.3, 0.301),)):
        sentences = aligners.align(audio("long"), Window(speech), text.split(), language)
        words = [word for sentence in sentences for word in sentence]
        assert [word["word"] for word in words] == text.split()
        times = [time for word in words for time in (word["start"], word["end"])]
        assert all(earlier <= later for earlier, later in pairwise(times))
        assert speech[0][0] - 0.001 <= times[0] <= times[-1] <= speech[-1][1] + 0.001


def test_a_number_lies_between_its_neighbours(aligners: Aligners) -> None:
    known = samples.sample("english")
    at = next(place for place, word in enumerate(known.words) if word.word == "four")
    said = known.words[at - 2 : at + 3]
    window = Window(((said[0].start - 0.05, said[-1].end + 0.05),))
    texts = ["4" if word.word == "four" else word.word for word in said]
    placed = [w for s in aligners.align(audio("english"), window, texts, "en") for w in s]
    assert [word["timing"] == "estimated" for word in placed] == [t == "4" for t in texts]
    for word, true in zip(placed, said, strict=True):
        assert abs(word["start"] - true.start) <= 0.15
        assert abs(word["end"] - true.end) <= 0.15


def test_punctuation_moves_no_word(aligners: Aligners) -> None:
    window = Window(((0.3, 1.7), (2.2, 4.8)))
    plain = aligners.align(audio("long"), window, ["Good", "morning", "everyone"], "en")
    pointed = aligners.align(audio("long"), window, ["¿Good,", "morning…", "«everyone»."], "en")
    times = [
        [(word["start"], word["end"]) for s in said for word in s] for said in (plain, pointed)
    ]
    assert times[0] == times[1]


def test_sentences_end_at_full_stops(aligners: Aligners) -> None:
    words = ["We", "need", "four", "chairs.", "Good", "morning", "everyone."]
    sentences = aligners.align(audio("long"), Window(((0.3, 4.8),)), words, "en")
    assert [len(sentence) for sentence in sentences] == [4, 3]


NUMBERS = st.one_of(st.floats(-1, 6), st.just(math.nan))
ANSWERS = st.lists(
    st.builds(
        lambda word, times: {"word": word} | times,
        st.sampled_from(["good", "morning", "*", "|", "", "no"]),
        st.dictionaries(st.sampled_from(["start", "end", "score"]), NUMBERS),
    ),
    max_size=5,
)
ERRORS = st.sampled_from([RuntimeError(), ValueError(), IndexError(), KeyError()])
SCRIPTS = st.one_of(ANSWERS, st.lists(NUMBERS, min_size=12, max_size=12), ERRORS)


def scripted(script: object, given_text: str) -> dict[str, Any]:
    """What `whisperx.align` might return: times for the given text, other words, or an error."""
    if isinstance(script, Exception):
        raise script
    if not isinstance(script, list):
        raise TypeError(script)
    words = script
    if script and isinstance(script[0], float):
        words = [
            {"word": word, "start": script[3 * at], "end": script[3 * at + 1], "score": 0.4}
            for at, word in enumerate(given_text.split())
        ]
    return {"segments": [{"words": words}] if words else []}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=SCRIPTS, text=st.sampled_from(["Good morning.", "¿Good 7", "…", "7 %"]))
def test_the_text_after_alignment_is_the_text_before_it(
    aligners: Aligners, monkeypatch: pytest.MonkeyPatch, script: object, text: str
) -> None:
    import whisperx  # noqa: PLC0415  # seconds to import

    monkeypatch.setattr(whisperx, "align", lambda parts, *_: scripted(script, parts[0]["text"]))
    sentences = aligners.align(
        audio("english"), Window(((0.0, 1.0), (2.0, 3.0))), text.split(), "en"
    )
    words = [word for sentence in sentences for word in sentence]
    assert [word["word"] for word in words] == text.split()
    assert all(0 <= word["start"] <= word["end"] <= 3 for word in words)


def test_alignment_moves_to_the_cpu_when_the_gpus_memory_runs_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import whisperx  # noqa: PLC0415  # seconds to import
    from worker.engine.alignment import Aligners  # noqa: PLC0415  # as above

    used: list[str] = []

    def align(
        _segments: object, _model: object, _metadata: object, _audio: object, device: str
    ) -> dict[str, Any]:
        used.append(device)
        if device == "cuda":
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        said = {"word": "yes", "start": 0.1, "end": 0.4, "score": 1.0}
        return {"segments": [{"words": [said, {"word": "|"}]}]}

    monkeypatch.setattr(whisperx, "align", align)
    known = {"dictionary": dict.fromkeys("yes|", 0)}
    monkeypatch.setattr(whisperx, "load_align_model", lambda *_, **__: (None, known))
    silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
    aligned = Aligners({"en": Path()}, "cuda").align(silence, Window(((0.0, 1.0),)), ["yes"], "en")
    assert used == ["cuda", "cpu"]
    assert aligned[0][0]["timing"] == "aligned"
