"""A recording is over when its owner was told, or when waiting longer would be in vain."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from commands.api_client import ApiClient, ApiUnreachable
from commands.transcribe import report
from commands.transcribe.jobs import UNSTARTED_SECONDS, UNTOLD_SECONDS, Desk, Recording
from local.ports import free_port
from tests.commands.api_server import ApiServer, Reply, running_api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOB_ID = "01JAAAAAAAAAAAAAAAAAAAAAAA"
FORMATS = ("json", "txt", "srt", "vtt")


@pytest.fixture
def api() -> Iterator[ApiServer]:
    """An API that makes a job of every recording."""
    with running_api() as api:
        upload = {"kind": "put", "method": "PUT", "url": f"{api.url}/put", "headers": {}}
        api.will("POST", "/jobs", Reply(201, {"job": job("PENDING"), "upload": upload}))
        api.will("PUT", "/put", Reply())
        api.will("GET", f"/jobs/{JOB_ID}", Reply(200, job("PENDING")))
        yield api


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    folder = tmp_path / "mailbox"
    folder.mkdir()
    return folder


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    file = tmp_path / "naïve + “talk” 🎙.mp3"
    file.write_bytes(b"sound")
    return Recording(file, "talk", "es", "Ana, Ben")


def job(status: str, **fields: object) -> dict[str, Any]:
    """A document of the schema `api-job`, as far as it is read here."""
    known = {"step": None, "chunks": None, "progress": None, "seconds_left": None, "error": None}
    return {"job_id": JOB_ID, "status": status, **known, **fields}


def desk_at(api: ApiServer, mailbox: Path, *moments: float) -> Desk:
    later = itertools.chain(moments, itertools.repeat(moments[-1]))
    client = ApiClient(api.url, lambda: "token", sleep=lambda _seconds: None)
    return Desk(client, mailbox, clock=lambda: next(later))


def test_a_recording_is_announced_as_what_it_is_and_uploaded(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    desk_at(api, mailbox, 0.0).hand_in(recording)

    (announced,) = api.sent("POST", "/jobs")
    assert announced.json == {
        "file_name": "naïve + “talk” 🎙.mp3",
        "size_bytes": 5,
        "content_type": "audio/mpeg",
        "language": "es",
        "vocabulary": "Ana, Ben",
    }
    (uploaded,) = api.sent("PUT", "/put")
    assert uploaded.body == b"sound"


def test_one_file_handed_in_twice_is_two_jobs(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    desk = desk_at(api, mailbox, 0.0)
    for _ in range(2):
        desk.hand_in(recording)
    first, second = (seen.headers["idempotency-key"] for seen in api.sent("POST", "/jobs"))
    assert first != second


def test_an_empty_file_is_over_before_it_is_announced(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    recording.file.write_bytes(b"")
    desk_at(api, mailbox, 0.0).hand_in(recording)

    assert api.seen == []
    assert recording.is_over(0.0)
    error = report.of(recording)["error"]
    assert error is not None
    assert error["name"] == "AudioEmpty"
    assert "upload it again" in error["message"]


def test_a_recording_that_the_api_refuses_is_over_and_says_why(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    problem = {"title": "The recording is larger than the limit", "code": "audio_too_large"}
    api.will("POST", "/jobs", Reply(422, problem))
    desk = desk_at(api, mailbox, 0.0)
    desk.hand_in(recording)
    desk.look([recording])

    assert recording.position == ("failed", 1.0)
    error = report.of(recording)["error"]
    assert error is not None
    assert error["name"] == "RequestRefused"
    assert "larger than the limit [audio_too_large]" in error["message"]


def test_an_api_that_does_not_answer_is_nobodys_own_error(
    mailbox: Path, recording: Recording
) -> None:
    client = ApiClient(f"http://127.0.0.1:{free_port()}", lambda: "t", sleep=lambda _seconds: None)
    with pytest.raises(ApiUnreachable):
        Desk(client, mailbox).hand_in(recording)
    assert recording.refusal is None


def test_an_upload_that_starts_no_work_is_given_up_and_named(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    desk = desk_at(api, mailbox, 0.0)
    desk.hand_in(recording)
    desk.look([recording])

    assert recording.position == ("waiting", 0.0)
    assert not recording.is_over(UNSTARTED_SECONDS)
    assert recording.is_over(UNSTARTED_SECONDS + 1)
    error = report.of(recording)["error"]
    assert error is not None
    assert error["name"] == "NotStarted"


@pytest.mark.parametrize(
    ("fields", "position"),
    [
        ({"step": "preparing", "progress": 0.0}, ("preparing", 0.0)),
        (
            {"step": "transcribing", "chunks": {"done": 1, "total": 3}, "progress": 0.4},
            ("transcribing 1/3", 0.4),
        ),
        (
            {
                "step": "transcribing",
                "chunks": {"done": 2, "total": 3},
                "progress": 0.7,
                "seconds_left": 150,
            },
            ("transcribing 2/3, about 2 min left", 0.7),
        ),
        ({"step": "assembling", "progress": 0.9}, ("assembling", 0.9)),
    ],
)
def test_what_is_being_done_is_what_the_api_says(
    api: ApiServer,
    mailbox: Path,
    recording: Recording,
    fields: dict[str, object],
    position: tuple[str, float],
) -> None:
    desk = desk_at(api, mailbox, 0.0)
    desk.hand_in(recording)
    api.will("GET", f"/jobs/{JOB_ID}", Reply(200, job("PROCESSING", **fields)))
    desk.look([recording])

    assert recording.position == position
    assert not recording.is_over(UNSTARTED_SECONDS + 1)


def write_mail(mailbox: Path, name: str, job_id: str) -> Path:
    path = mailbox / f"{name}.eml"
    head = "To: a@example.com\nSubject: Señor\nContent-Type: text/plain; charset=utf-8\n"
    path.write_text(f"{head}\nYour recording\n\nJob {job_id}\n")
    return path


def test_a_failed_job_is_over_when_its_mail_has_arrived(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    desk = desk_at(api, mailbox, 0.0, 0.0, 7.0)
    desk.hand_in(recording)
    failed = job("FAILED", error={"code": "NoAudioTrack"})
    api.will("GET", f"/jobs/{JOB_ID}", Reply(200, failed))
    write_mail(mailbox, "0001-of-another", "01JBBBBBBBBBBBBBBBBBBBBBBB")

    desk.look([recording])
    assert recording.position[0] == "sending the e-mail"
    assert not recording.is_over(7.0)

    own = write_mail(mailbox, "0002-its-own", JOB_ID)
    desk.look([recording])

    assert recording.is_over(7.0)
    assert recording.mail == own
    entry = report.of(recording)
    assert entry["email"] == {"to": "a@example.com", "subject": "Señor"}
    assert entry["error"] is not None
    assert entry["error"]["name"] == "NoAudioTrack"
    assert "has no audio track" in entry["error"]["message"]
    assert entry["outputs"] == dict.fromkeys(FORMATS)
    assert entry["timings"]["total_seconds"] == 7.0


def test_a_job_whose_mail_never_comes_is_given_up(
    api: ApiServer, mailbox: Path, recording: Recording
) -> None:
    desk = desk_at(api, mailbox, 0.0)
    desk.hand_in(recording)
    api.will("GET", f"/jobs/{JOB_ID}", Reply(200, job("FAILED", error={"code": "Unknown"})))
    desk.look([recording])

    assert not recording.is_over(UNTOLD_SECONDS)
    assert recording.is_over(UNTOLD_SECONDS + 1)


def test_a_transcript_is_saved_in_every_format_or_not_at_all(
    api: ApiServer, mailbox: Path, recording: Recording, tmp_path: Path
) -> None:
    desk = desk_at(api, mailbox, 0.0)
    desk.hand_in(recording)
    api.will("GET", f"/jobs/{JOB_ID}", Reply(200, job("COMPLETED", progress=1.0)))
    for fmt in FORMATS:
        link = Reply(200, {"url": f"{api.url}/t.{fmt}"})
        api.will("GET", f"/jobs/{JOB_ID}/transcript?format={fmt}", link)
        api.will("GET", f"/t.{fmt}", Reply(200, fmt.encode()))
    desk.look([recording])

    saved = desk.save(recording, tmp_path / "out")

    assert {fmt: path.read_text() for fmt, path in saved.items()} == {f: f for f in FORMATS}
    assert saved["srt"] == tmp_path / "out" / "talk.srt"

    api.will("GET", "/t.srt", Reply(403))
    assert desk.save(recording, tmp_path / "out") == {}
    error = report.of(recording)["error"]
    assert error is not None
    assert error["name"] == "DownloadRefused"
