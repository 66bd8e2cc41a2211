"""Every key of the platform, and what is read back out of one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import keys, ulid

USER, JOB = "user_2abc", "01JD0000000000000000000000"


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", fullmatch=True),
    st.binary(min_size=16, max_size=16).map(ulid.from_bytes),
    st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
)
def test_an_uploads_key_gives_its_owner_and_job_back(user: str, job: str, ext: str) -> None:
    upload = keys.upload_of("audio", keys.audio(user, job, ext), "1")

    assert upload is not None
    assert (upload.user_id, upload.job_id, upload.from_inbox) == (user, job, False)
    assert upload.file_name == f"audio.{ext}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "inbox/",
        "inbox/folder/",
        "inboxed/talk.mp3",
        f"{USER}/{JOB}/peaks.json",
        f"{USER}/{JOB}/audio",
        f"{USER}/{JOB}/audio.mp3/",
        f"{USER}/{JOB}/audio.mp3\n",
        f"{USER}/{JOB.lower()}/audio.mp3",
        f"{USER}/not-a-job/audio.mp3",
        f"../{JOB}/audio.mp3",
        f"/{USER}/{JOB}/audio.mp3",
    ],
)
def test_a_key_that_belongs_to_no_job_is_none(key: str) -> None:
    assert keys.upload_of("audio", key, "1") is None


def test_the_inbox_makes_one_job_of_one_upload() -> None:
    first = keys.upload_of("audio", "inbox/Mañana 1.mp3", "A1")
    again = keys.upload_of("audio", "inbox/Mañana 1.mp3", "A1")
    later = keys.upload_of("audio", "inbox/Mañana 1.mp3", "A2")

    assert first is not None
    assert later is not None
    assert first == again
    assert first.job_id != later.job_id
    assert re.fullmatch(ulid.PATTERN, first.job_id)
    assert (first.user_id, first.file_name, first.from_inbox) == ("inbox", "Mañana 1.mp3", True)


@pytest.mark.parametrize(
    ("key", "language"),
    [
        ("inbox/es/talk.mp3", "es"),
        ("inbox/auto/talk.mp3", "auto"),
        ("inbox/pt/talk.mp3", None),
        ("inbox/es", None),
        ("inbox/talk.mp3", None),
    ],
)
def test_a_folder_of_the_inbox_can_state_the_language(key: str, language: str | None) -> None:
    upload = keys.upload_of("audio", key, "1")

    assert upload is not None
    assert upload.language == language


def test_the_keys_of_a_job_are_those_in_the_modules_docstring() -> None:
    made = {
        keys.audio(USER, JOB, "mp3"),
        *(keys.transcript(USER, JOB, fmt) for fmt in keys.TRANSCRIPT_FORMATS),
        keys.peaks(USER, JOB),
        keys.chunk_audio(USER, JOB, 3),
        keys.probe_audio(USER, JOB),
        keys.chunk_result(USER, JOB, 3),
        keys.chunk_outcome(USER, JOB, 3),
    }
    names = {key.removeprefix(keys.job_prefix(USER, JOB)) for key in made}

    assert names == {
        "audio.mp3",
        *(f"transcript.{fmt}" for fmt in ("json", "txt", "srt", "vtt")),
        "peaks.json",
        "chunks/0003.flac",
        "probe.flac",
        "results/0003.json",
        "results/0003.outcome.json",
    }


def test_chunks_sort_in_their_order_and_the_detection_is_none_of_them() -> None:
    ordered = [keys.chunk_result(USER, JOB, index) for index in range(150)]

    assert ordered == sorted(ordered)
    assert keys.detection_result(USER, JOB) not in ordered
    assert keys.detection_outcome(USER, JOB) != keys.detection_result(USER, JOB)
