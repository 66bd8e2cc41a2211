"""The sample recordings come back as the words that were said, each at its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import srt  # type: ignore[import-untyped]  # it has no types
import webvtt

from models.measures import HeardWord, time_errors, word_error_rate
from models.sentences import words as normalised
from samples import Sample, all_samples
from tests.support import documents

if TYPE_CHECKING:
    from scribe.shapes import Transcript, Word

    from tests.e2e.conftest import Delivered

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

SAMPLES = {sample.name: sample for sample in all_samples()}
SHORT = [name for name in SAMPLES if name != "long"]

LARGEST_ERROR_RATE = 0.10
"""Of the fixture model on the synthetic voices that it was trained on."""
LATEST_START_MS = 150
CLOCK_SECONDS = 0.15
"""Encoders pad the sound with a few frames: a file's length is known no better than that."""


@pytest.fixture(params=list(SAMPLES))
def sample(request: pytest.FixtureRequest) -> Sample:
    return SAMPLES[request.param]


@pytest.fixture
def transcript(delivered: Delivered, sample: Sample) -> Transcript:
    return delivered.inbox.transcript(delivered.jobs[sample.path.name])


def test_a_sample_is_transcribed_in_its_languages_with_few_errors(
    transcript: Transcript, sample: Sample
) -> None:
    assert word_error_rate(sample.text, transcript["text"]) <= LARGEST_ERROR_RATE
    assert transcript["language"] == (sample.language or sample.stretches[0].language)
    for stretch in sample.stretches:
        heard = {
            segment["language"]
            for segment in transcript["segments"]
            if stretch.start + 1 < segment["start"] and segment["end"] < stretch.end - 1
        }
        assert heard == {stretch.language}


def test_the_row_of_a_sample_tells_what_its_transcript_holds(
    delivered: Delivered, transcript: Transcript, sample: Sample
) -> None:
    result = delivered.jobs[sample.path.name]["result"]
    assert result["word_count"] == len(_words(transcript))
    assert result["language"] == transcript["language"]
    assert result["duration_seconds"] == transcript["duration_seconds"]
    assert not result["no_speech"]


def test_the_workers_record_every_chunk_of_a_sample(delivered: Delivered, sample: Sample) -> None:
    job = delivered.jobs[sample.path.name]
    assert job["chunks_done"] == list(range(job["chunk_count"]))


def test_the_document_holds_what_its_reader_relies_on(transcript: Transcript) -> None:
    documents.check(transcript)
    assert all(segment["words"] for segment in transcript["segments"])


def test_a_word_begins_after_the_one_before_it_in_a_file_of_known_length(
    transcript: Transcript, sample: Sample
) -> None:
    assert transcript["duration_seconds"] == pytest.approx(
        sample.duration_seconds, abs=CLOCK_SECONDS
    )
    now = 0.0
    for word in _words(transcript):
        assert now <= word["start"]
        now = word["end"]


@pytest.mark.parametrize("sample", [SAMPLES[name] for name in SHORT], ids=SHORT)
def test_words_begin_when_they_are_said(transcript: Transcript, sample: Sample) -> None:
    heard = [HeardWord(word["word"], word["start"], word["end"]) for word in _words(transcript)]
    errors = time_errors([(word.word, word) for word in sample.words], heard)
    assert errors.without_times == 0
    starts = sorted(errors.starts)
    assert starts[len(starts) * 9 // 10] <= LATEST_START_MS


def test_other_programs_read_the_subtitles_as_the_same_words_one_cue_after_the_other(
    delivered: Delivered, transcript: Transcript, sample: Sample
) -> None:
    job = delivered.jobs[sample.path.name]
    subrip = [
        (cue.start.total_seconds(), cue.end.total_seconds(), cue.content)
        for cue in srt.parse(delivered.inbox.text(job, "srt"))
    ]
    captions = [
        (cue.start_in_seconds, cue.end_in_seconds, cue.text)
        for cue in webvtt.from_string(delivered.inbox.text(job, "vtt")).captions
    ]
    for cues in (subrip, captions):
        assert " ".join(text for _, _, text in cues).split() == transcript["text"].split()
        now = 0.0
        for start, end, _ in cues:
            assert now <= start < end
            now = end
        assert now <= transcript["duration_seconds"] + 1


def test_the_plain_text_says_the_same_words(
    delivered: Delivered, transcript: Transcript, sample: Sample
) -> None:
    text = delivered.inbox.spoken(delivered.jobs[sample.path.name])
    assert normalised(text) == normalised(transcript["text"])


def _words(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript["segments"] for word in segment["words"]]
