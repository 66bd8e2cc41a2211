"""The real WhisperX with the embedded model: words, times, languages, and nothing on the network.

Accuracy is asserted as an error rate, never as an exact text: another CPU rounds differently.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scribe import schemas
from scribe.language import choose

from tests.worker.real_engine import LANGUAGES, Recording, error_rate, recording, transcribe
from tests.worker.support import SAMPLE_RATE

if TYPE_CHECKING:
    from worker.engine.protocol import Engine, Transcription
    from worker.models import VadName

pytestmark = pytest.mark.whisperx


@pytest.fixture(scope="session", params=LANGUAGES)
def spoken(request: pytest.FixtureRequest) -> Recording:
    return recording(request.param)


@pytest.fixture(scope="session")
def transcribed(engine: Engine, spoken: Recording) -> Transcription:
    return transcribe(engine, spoken.samples)


def test_at_most_one_word_in_ten_is_wrong(spoken: Recording, transcribed: Transcription) -> None:
    assert error_rate(spoken.text, list(transcribed.segments)) <= 0.10


def test_the_language_is_heard(spoken: Recording, transcribed: Transcription) -> None:
    assert transcribed.language == spoken.language
    assert transcribed.language_probability is not None
    assert transcribed.language_probability > 0.8


def test_segments_match_their_schema_and_say_their_words(transcribed: Transcription) -> None:
    for segment in transcribed.segments:
        assert segment["text"] == " ".join(word["word"] for word in segment["words"])
        assert segment["start"] == segment["words"][0]["start"]
        assert segment["end"] == segment["words"][-1]["end"]
    result = {
        "version": 1,
        "index": 0,
        "start_sample": 0,
        "end_sample": 1,
        "requested_language": None,
        "language": transcribed.language,
        "language_probability": transcribed.language_probability,
        "vocabulary": transcribed.vocabulary,
        "segments": list(transcribed.segments),
        "gaps": list(transcribed.gaps),
        "speech_seconds": transcribed.speech_seconds,
        "model": {"name": "fixture", "compute_type": "int8", "version": "1"},
        "step_seconds": dict(transcribed.step_seconds),
    }
    schemas.validate("chunk-result", result)


def test_times_never_go_back_and_stay_in_the_audio(
    spoken: Recording, transcribed: Transcription
) -> None:
    words = [word for segment in transcribed.segments for word in segment["words"]]
    times = [time for word in words for time in (word["start"], word["end"])]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] >= 0
    assert times[-1] <= len(spoken.samples) / SAMPLE_RATE


def test_words_begin_and_end_where_they_are_said(
    spoken: Recording, transcribed: Transcription
) -> None:
    words = [word for segment in transcribed.segments for word in segment["words"]]
    true = {
        (word["word"].strip(".").lower(), place): word for place, word in enumerate(spoken.words)
    }
    matched = [
        (word, true[key])
        for place, word in enumerate(words)
        if (key := (word["word"].strip(".").lower(), place)) in true
    ]
    assert len(matched) >= 0.8 * len(spoken.words)
    for edge in ("start", "end"):
        errors = [
            abs(word[edge] - truth[edge]) for word, truth in matched if truth[edge] is not None
        ]
        assert statistics.median(errors) <= 0.04
        assert statistics.quantiles(errors, n=10)[-1] <= 0.08


def test_no_text_is_lost_when_the_aligner_fails(
    engine: Engine, spoken: Recording, transcribed: Transcription, monkeypatch: pytest.MonkeyPatch
) -> None:
    import whisperx  # noqa: PLC0415  # slow: only here

    def fail(*_: object) -> None:
        raise IndexError("the third-party aligner broke")

    monkeypatch.setattr(whisperx, "align", fail)
    estimated = transcribe(engine, spoken.samples)
    assert [w["word"] for s in estimated.segments for w in s["words"]] == [
        w["word"] for s in transcribed.segments for w in s["words"]
    ]
    assert {w["timing"] for s in estimated.segments for w in s["words"]} == {"estimated"}


def test_a_speaker_who_switches_is_written_in_both_languages(engine: Engine) -> None:
    english, spanish = recording("en"), recording("es")
    both = transcribe(engine, np.concatenate([english.samples, spanish.samples]), "en")
    assert {segment["language"] for segment in both.segments} == {"en", "es"}
    assert error_rate(f"{english.text} {spanish.text}", list(both.segments)) <= 0.10


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 1.0, 31.0])
def test_silence_of_any_length_has_no_words(engine: Engine, seconds: float) -> None:
    samples = np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)
    nothing = transcribe(engine, samples)
    assert (list(nothing.segments), nothing.speech_seconds) == ([], 0)
    assert (nothing.language, nothing.language_probability) == ("en", None)
    assert choose(engine.detect(samples), LANGUAGES).probability is None


def test_a_tenth_of_a_second_of_speech_does_no_harm(engine: Engine) -> None:
    transcribe(engine, recording("en").samples[16_000:17_600])


def test_a_batch_of_one_says_the_same(engine: Engine, spoken: Recording) -> None:
    one = engine.transcribe(
        spoken.samples, spoken.language, batch_scale=0.01, progress=lambda _: None
    )
    assert error_rate(spoken.text, list(one.segments)) <= 0.10
    assert one.language_probability is None


def test_progress_grows_to_one(engine: Engine, spoken: Recording) -> None:
    told: list[float] = []
    engine.transcribe(spoken.samples, "en", batch_scale=1.0, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", ["silero", "pyannote"])
def test_speech_is_found_where_words_are_and_not_in_silence(
    name: VadName, spoken: Recording
) -> None:
    from worker.engine.speech import detector  # noqa: PLC0415  # imports torch, as `engine` has

    found = detector(name, "cpu")
    windows = found.windows(spoken.samples, longest_seconds=8)
    assert all(0 < window.end - window.start <= 8.5 for window in windows)
    speech = [span for window in windows for span in window.speech]
    middles = [
        (word["start"] + word["end"]) / 2
        for word in spoken.words
        if word["start"] is not None and word["end"] is not None
    ]
    heard = [any(start <= middle <= end for start, end in speech) for middle in middles]
    assert sum(heard) >= 0.95 * len(middles)
    for samples in (0, 100, 1_600, 16_000):
        assert found.windows(np.zeros(samples, dtype=np.float32), longest_seconds=8) == []


# Registered before any library is imported, the check at exit runs after all of theirs: what is
# sent when a process ends, as telemetry is, counts too.
_OFFLINE_SCRIPT = """
import atexit, os, socket, sys
attempts = []
def refuse(self, address, *rest):
    attempts.append(address)
    raise OSError("no network in this test")
def report():
    if attempts:
        print("asked for", attempts, file=sys.stderr, flush=True)
        os._exit(1)
atexit.register(report)
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda host, *rest, **more: refuse(None, host)
from tests.worker.real_engine import load_engine, recording, transcribe
engine = load_engine()
assert transcribe(engine, recording("en").samples).segments
assert transcribe(engine, recording("es").samples, "es").segments
from worker.engine.speech import detector
assert detector("pyannote", "cpu").windows(recording("en").samples, 8)
"""


def test_nothing_is_asked_of_the_network() -> None:
    """In an empty network namespace where the system allows one, and behind a refusing socket."""
    unshare = shutil.which("unshare")
    command = [sys.executable, "-W", "ignore", "-c", _OFFLINE_SCRIPT]
    if unshare and subprocess.run([unshare, "-rn", "true"], check=False).returncode == 0:
        command = [unshare, "-rn", *command]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr[-2000:]
