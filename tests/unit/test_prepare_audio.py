"""PrepareAudio from an object in S3 to chunks, probe and peaks, with the real ffmpeg."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws
from scribe import keys, schemas
from scribe.adapters import aws
from scribe.adapters.audio_preparer import AudioPreparer, Limits
from scribe.cuts import CutRules
from scribe.errors import (
    AudioEmpty,
    AudioMissing,
    AudioTooLarge,
    AudioTooLong,
    AudioUnreadable,
    ShapeInvalid,
    StorageUnavailable,
    Superseded,
)
from scribe.probe import ProbeRules

from functions.prepare_audio import handler as prepare_audio
from tests.unit.audio_support import BUCKET, FFMPEG, decoded, noise, tone, uploaded, wav
from tests.unit.jobs_support import (
    JOB,
    TABLE,
    USAGE_TABLE,
    USER,
    Clock,
    arn,
    jobs_table,
    new_job,
    usage_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scribe.adapters.jobs_table import JobsTable
    from scribe.levels import Samples
    from scribe.shapes import ChunkTask, ObjectReference, PreparationRequest

WORK, TRANSCRIPTS = "work", "transcripts"
RULES = CutRules(
    chunk_seconds=6,
    search_seconds=1,
    overlap_seconds=0.5,
    shortest_tail_seconds=1.5,
    slack_seconds=4,
)


@pytest.fixture(name="table")
def _table() -> Iterator[JobsTable]:
    with mock_aws():
        yield jobs_table(Clock())


@pytest.fixture(name="preparer")
def _preparer(table: JobsTable) -> AudioPreparer:
    s3 = aws.s3()
    for bucket in (BUCKET, WORK, TRANSCRIPTS):
        s3.create_bucket(Bucket=bucket)
    return AudioPreparer(
        s3=s3,
        jobs=table,
        usage=usage_table(),
        ffmpeg_path=FFMPEG,
        work_bucket=WORK,
        transcripts_bucket=TRANSCRIPTS,
        limits=Limits(seconds=120, bytes=10_000_000),
        cut_rules=RULES,
        probe_rules=ProbeRules(windows=4, window_seconds=2),
    )


def speech_like(seconds: int) -> Samples:
    """Bursts of noise with a pause of half a second in every two, over a quiet room."""
    samples = noise(seconds, -20)
    speaking = np.arange(len(samples)) // 8000 % 4 > 0
    return np.where(speaking, samples, noise(seconds, -65, seed=1)).astype(np.int16)


def request(preparer: AudioPreparer, body: bytes, **changes: Any) -> PreparationRequest:  # noqa: ANN401  # any field
    """A request for a recording that was uploaded and claimed."""
    source = uploaded(preparer.s3, body)
    preparer.jobs.create(new_job())
    preparer.jobs.claim_attempt(USER, JOB, attempt=1, execution_arn=arn(), source=source)
    made: dict[str, Any] = {
        "version": 1,
        "user_id": USER,
        "job_id": JOB,
        "attempt": 1,
        "source": source,
        "file_name": 'Reunión 🎙 "final" +1.mp3',
        "language": "auto",
        "vocabulary": "",
        "execution_arn": arn(),
    }
    schemas.validate("preparation-request", made | changes)
    return made | changes  # type: ignore[return-value]  # validated


def body_of(preparer: AudioPreparer, reference: ObjectReference) -> bytes:
    return preparer.s3.get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"].read()


def samples_of(preparer: AudioPreparer, task: ChunkTask) -> Samples:
    return decoded(body_of(preparer, task["audio"]))


class TestLongRecording:
    def test_its_chunks_are_the_recording_bit_for_bit(self, preparer: AudioPreparer) -> None:
        samples = speech_like(31)
        preparation = preparer.prepare(request(preparer, wav(samples)))

        schemas.validate("preparation", preparation)
        assert preparation["sample_count"] == len(samples)
        assert preparation["duration_seconds"] == 31
        chunks = preparation["chunks"]
        assert len(chunks) == 5
        assert (chunks[0]["start_sample"], chunks[-1]["end_sample"]) == (0, len(samples))
        for before, after in itertools.pairwise(chunks):
            assert after["start_sample"] == before["end_sample"]
        for chunk in chunks:
            expected = samples[chunk["start_sample"] : chunk["end_sample"]]
            assert np.array_equal(samples_of(preparer, chunk), expected)

    def test_it_is_cut_in_its_pauses(self, preparer: AudioPreparer) -> None:
        preparation = preparer.prepare(request(preparer, wav(speech_like(31))))
        for chunk in preparation["chunks"][:-1]:
            assert chunk["end_sample"] // 8000 % 4 == 0

    def test_without_a_pause_its_chunks_overlap_and_still_are_exact(
        self, preparer: AudioPreparer
    ) -> None:
        samples = np.concatenate([noise(2, -60), noise(11, -20, seed=1)])
        first, second = preparer.prepare(request(preparer, wav(samples)))["chunks"]
        assert first["end_sample"] - second["start_sample"] == 16_000
        assert np.array_equal(samples_of(preparer, first), samples[: first["end_sample"]])
        assert np.array_equal(samples_of(preparer, second), samples[second["start_sample"] :])

    def test_its_language_is_detected_on_a_probe(self, preparer: AudioPreparer) -> None:
        preparation = preparer.prepare(request(preparer, wav(speech_like(31))))

        assert preparation["language"] is None
        assert all(chunk["language"] is None for chunk in preparation["chunks"])
        detect = preparation["detect"]
        assert detect is not None
        assert detect["kind"] == "detect"
        assert detect["audio"]["key"] == keys.probe_audio(USER, JOB)
        assert detect["result"]["key"] == keys.detection_result(USER, JOB)
        assert detect["outcome"]["key"] == keys.detection_outcome(USER, JOB)
        assert (detect["index"], detect["start_sample"]) == (0, 0)
        assert len(samples_of(preparer, detect)) == detect["end_sample"] == 4 * 2 * 16_000

    def test_a_known_language_holds_and_needs_no_probe(self, preparer: AudioPreparer) -> None:
        preparation = preparer.prepare(request(preparer, wav(speech_like(31)), language="es"))
        assert (preparation["language"], preparation["detect"]) == ("es", None)
        assert {chunk["language"] for chunk in preparation["chunks"]} == {"es"}

    def test_its_vocabulary_is_left_to_the_state_machine(self, preparer: AudioPreparer) -> None:
        preparation = preparer.prepare(request(preparer, wav(speech_like(31)), vocabulary="Bogotá"))
        assert {chunk["vocabulary"] for chunk in preparation["chunks"]} == {""}

    def test_its_wave_form_is_stored_for_the_player(self, preparer: AudioPreparer) -> None:
        preparer.prepare(request(preparer, wav(speech_like(31))))
        reference: ObjectReference = {"bucket": TRANSCRIPTS, "key": keys.peaks(USER, JOB)}
        peaks = json.loads(body_of(preparer, reference))
        schemas.validate("peaks", peaks)
        assert peaks["duration_seconds"] == 31
        assert len(peaks["peaks"]) == 2 * 310

    def test_the_console_shows_each_chunks_place(self, preparer: AudioPreparer) -> None:
        chunks = preparer.prepare(request(preparer, wav(speech_like(31))))["chunks"]
        assert chunks[0]["time_range"] == "00:00:00–00:00:06"
        assert chunks[-1]["time_range"].endswith("–00:00:31")

    def test_preparing_it_again_gives_the_same(self, preparer: AudioPreparer) -> None:
        asked = request(preparer, wav(speech_like(31)))
        first, second = preparer.prepare(asked), preparer.prepare(asked)
        assert {**first, "preparation_seconds": 0} == {**second, "preparation_seconds": 0}

    def test_its_row_tells_that_it_is_worked_on_and_in_how_many_chunks(
        self, preparer: AudioPreparer, table: JobsTable
    ) -> None:
        preparer.prepare(request(preparer, wav(speech_like(31))))
        row = table.get(USER, JOB)
        assert row is not None
        assert (row["status"], row["chunk_count"]) == ("PROCESSING", 5)


def test_a_short_recording_is_one_chunk_that_detects_its_own_language(
    preparer: AudioPreparer,
) -> None:
    samples = noise(3, -30)
    preparation = preparer.prepare(request(preparer, wav(samples)))
    (chunk,) = preparation["chunks"]
    assert (preparation["detect"], chunk["language"]) == (None, None)
    assert np.array_equal(samples_of(preparer, chunk), samples)


def test_silence_only_is_prepared_like_any_recording(preparer: AudioPreparer) -> None:
    silence = np.zeros(20 * 16_000, dtype=np.int16)
    chunks = preparer.prepare(request(preparer, wav(silence)))["chunks"]
    assert sum(chunk["end_sample"] - chunk["start_sample"] for chunk in chunks) == len(silence)


def test_a_single_sample_is_prepared(preparer: AudioPreparer) -> None:
    preparation = preparer.prepare(request(preparer, wav(np.array([5], dtype=np.int16))))
    assert preparation["sample_count"] == 1


class TestRefusal:
    def test_a_file_without_a_byte(self, preparer: AudioPreparer) -> None:
        with pytest.raises(AudioEmpty):
            preparer.prepare(request(preparer, b""))

    def test_a_file_with_too_many_bytes_is_not_read(self, preparer: AudioPreparer) -> None:
        small = replace(preparer, limits=Limits(seconds=120, bytes=1000), ffmpeg_path="/none")
        with pytest.raises(AudioTooLarge):
            small.prepare(request(preparer, wav(noise(1, -20))))

    def test_a_recording_that_is_too_long(self, preparer: AudioPreparer) -> None:
        strict = replace(preparer, limits=Limits(seconds=10, bytes=10_000_000))
        with pytest.raises(AudioTooLong):
            strict.prepare(request(preparer, wav(noise(11, -20))))

    def test_a_recording_of_exactly_the_limit_is_accepted(self, preparer: AudioPreparer) -> None:
        strict = replace(preparer, limits=Limits(seconds=10, bytes=10_000_000))
        assert strict.prepare(request(preparer, wav(noise(10, -20))))["sample_count"] == 160_000

    def test_a_job_that_was_deleted(self, preparer: AudioPreparer, table: JobsTable) -> None:
        asked = request(preparer, wav(noise(1, -20)))
        table.delete(USER, JOB)
        with pytest.raises(Superseded):
            preparer.prepare(asked)

    def test_an_execution_that_is_not_the_jobs_current_one(self, preparer: AudioPreparer) -> None:
        asked = request(preparer, wav(noise(1, -20)), execution_arn=arn(2))
        with pytest.raises(Superseded):
            preparer.prepare(asked)


class TestFailure:
    def test_a_recording_that_was_replaced_is_not_called_unreadable(
        self, preparer: AudioPreparer
    ) -> None:
        asked = request(preparer, wav(tone(1)))
        uploaded(preparer.s3, wav(tone(2)))
        with pytest.raises(AudioMissing):
            preparer.prepare(asked)

    def test_a_recording_that_is_gone_is_not_looked_for_again(
        self, preparer: AudioPreparer
    ) -> None:
        asked = request(preparer, wav(tone(1)))
        source = asked["source"]
        preparer.s3.delete_object(Bucket=source["bucket"], Key=source["key"])
        with pytest.raises(AudioMissing):
            preparer.prepare(asked)

    def test_a_bucket_that_cannot_be_written_is_named(self, preparer: AudioPreparer) -> None:
        lost = replace(preparer, work_bucket="no-such-bucket")
        with pytest.raises(StorageUnavailable, match=r"chunks/0000\.flac"):
            lost.prepare(request(preparer, wav(noise(1, -20))))

    def test_nothing_stays_on_the_disk(
        self, preparer: AudioPreparer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        asked = request(preparer, wav(speech_like(31)))
        preparer.prepare(asked)
        strict = replace(preparer, limits=Limits(seconds=20, bytes=10_000_000))
        with pytest.raises(AudioTooLong):
            strict.prepare(asked)
        assert list(tmp_path.iterdir()) == []


def test_the_audio_of_a_job_is_counted_once(preparer: AudioPreparer) -> None:
    asked = request(preparer, wav(noise(3.2, -20)))
    preparer.prepare(asked)
    preparer.prepare(asked)
    assert preparer.usage.today(USER).seconds == 4


class TestHandler:
    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        for name, value in {
            "JOBS_TABLE": TABLE,
            "USAGE_TABLE": USAGE_TABLE,
            "WORK_BUCKET": WORK,
            "TRANSCRIPTS_BUCKET": TRANSCRIPTS,
            "FFMPEG_PATH": FFMPEG,
            "CHUNK_SECONDS": "600",
            "MAX_AUDIO_SECONDS": "86400",
            "MAX_AUDIO_BYTES": "1000000",
        }.items():
            monkeypatch.setenv(name, value)
        prepare_audio._preparer.cache_clear()
        yield
        prepare_audio._preparer.cache_clear()

    def test_it_returns_a_preparation(self, preparer: AudioPreparer) -> None:
        asked = request(preparer, wav(noise(1, -20)))
        answer = prepare_audio.handler(dict(asked), LambdaContextStub())
        schemas.validate("preparation", answer)
        assert answer["sample_count"] == 16_000

    def test_it_ends_with_the_named_error(self, preparer: AudioPreparer) -> None:
        asked = request(preparer, b"not a recording" * 100)
        with pytest.raises(AudioUnreadable):
            prepare_audio.handler(dict(asked), LambdaContextStub())

    def test_it_refuses_what_is_no_request(self) -> None:
        with pytest.raises(ShapeInvalid):
            prepare_audio.handler({"version": 1}, LambdaContextStub())


class LambdaContextStub(LambdaContext):
    """The parts of Lambda's context that every function logs."""

    def __init__(self) -> None:
        self._aws_request_id = "00000000-0000-0000-0000-000000000000"
        self._function_name = "prepareAudio"
