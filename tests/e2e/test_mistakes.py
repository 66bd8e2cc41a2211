"""What is no recording ends with a name for what is wrong, and a mail that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import srt  # type: ignore[import-untyped]  # it has no types
import webvtt
from scribe import texts

from models.measures import word_error_rate
from samples import sample
from tests.e2e.inbox import text_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Delivered

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("empty.mp3", "AudioEmpty"),
        ("letter.mp3", "AudioUnreadable"),
        ("film.mp4", "NoAudioTrack"),
        ("cut-off.m4a", "AudioUnreadable"),
    ],
    ids=["empty", "a text", "a video without sound", "half an MP4, without its index"],
)
def test_a_file_that_cannot_be_transcribed_fails_by_name_and_its_owner_reads_why(
    delivered: Delivered, name: str, error: str
) -> None:
    job = delivered.jobs[name]
    assert (job["status"], job["error"]["name"]) == ("FAILED", error)
    (mail,) = delivered.inbox.mails(job)
    reasons = texts.load("errors", "en")
    assert mail["Subject"] == f"Your recording could not be transcribed: {name}"
    assert reasons[f"{error}.happened"] in text_of(mail)
    assert reasons[f"{error}.do"] in text_of(mail)
    assert "http" not in text_of(mail), "there is nothing to download"


@pytest.mark.parametrize("name", ["empty.mp3", "letter.mp3", "film.mp4", "cut-off.m4a"])
def test_operators_read_one_sentence_about_a_failure(delivered: Delivered, name: str) -> None:
    message = delivered.jobs[name]["error"]["message"]
    assert message
    assert "stackTrace" not in message


def test_an_upload_that_broke_off_is_transcribed_as_far_as_it_goes(delivered: Delivered) -> None:
    job = delivered.jobs["cut-off.mp3"]
    assert job["status"] == "COMPLETED"
    said = [
        word.word
        for word in sample("english").words
        if word.end < job["result"]["duration_seconds"]
    ]
    assert len(said) > 40
    assert word_error_rate(" ".join(said), delivered.inbox.spoken(job)) <= 0.1


def test_silence_is_completed_empty_and_says_so(delivered: Delivered) -> None:
    job = delivered.jobs["silence.wav"]
    transcript = delivered.inbox.transcript(job)
    assert job["status"] == "COMPLETED"
    assert job["result"]["no_speech"]
    assert (transcript["no_speech"], transcript["text"], transcript["segments"]) == (True, "", [])
    (mail,) = delivered.inbox.mails(job)
    assert mail["Subject"] == "No speech found: silence.wav"
    assert texts.load("mail", "en")["no_speech.do"] in text_of(mail)


def test_subtitles_of_silence_say_that_there_is_no_speech(delivered: Delivered) -> None:
    job = delivered.jobs["silence.wav"]
    said = texts.load("transcript", "en")["no_speech"]
    (cue,) = srt.parse(delivered.inbox.text(job, "srt"))
    (caption,) = webvtt.from_string(delivered.inbox.text(job, "vtt")).captions
    assert (cue.content, caption.text) == (said, said)
