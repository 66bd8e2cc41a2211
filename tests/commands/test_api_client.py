"""The API's client: every request may be repeated, and every failure says what to do."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commands.api_client import (
    WAITS,
    ApiClient,
    ApiUnreachable,
    DownloadRefused,
    RequestRefused,
    UploadRefused,
    content_type,
)
from local.ports import free_port
from tests.commands.api_server import ApiServer, Reply, running_api

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB = {"job_id": "J"}
WISHED = {"file_name": "talk.mp3", "size_bytes": 5, "content_type": "audio/mpeg"}
LIMIT = {"title": "Too many jobs today", "status": 429, "code": "jobs_per_day_reached"}


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with running_api() as api:
        yield api


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def client(api: ApiServer, waited: list[float]) -> ApiClient:
    numbers = itertools.count(1)
    return ApiClient(api.url, lambda: f"token-{next(numbers)}", sleep=waited.append)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "talk.mp3"
    file.write_bytes(b"0123456789ab")
    return file


def one_piece(api: ApiServer) -> dict[str, Any]:
    headers = {"Content-Type": "audio/mpeg", "Content-Length": "12", "If-None-Match": "*"}
    upload = {"kind": "put", "method": "PUT", "url": f"{api.url}/put", "headers": headers}
    return {"job": JOB, "upload": upload}


def test_a_job_is_announced_with_a_session_and_a_key(api: ApiServer, client: ApiClient) -> None:
    api.will("POST", "/jobs", Reply(201, {"job": JOB, "upload": None}))

    assert client.create_job(WISHED)["job"] == JOB

    (seen,) = api.seen
    assert seen.json == WISHED
    assert seen.headers["authorization"] == "Bearer token-1"
    assert seen.headers["idempotency-key"]


@pytest.mark.parametrize(
    "passing",
    [
        Reply(503, {"code": "unavailable"}, {"Retry-After": "5"}),
        Reply(429, {"message": "Too Many Requests"}),
        Reply(500, {"message": "Internal Server Error"}),
        Reply(409, {"code": "idempotency_in_progress"}, {"Retry-After": "1"}),
    ],
    ids=lambda reply: str(reply.status),
)
def test_a_passing_trouble_is_tried_again_with_the_same_key_and_another_token(
    api: ApiServer, client: ApiClient, waited: list[float], passing: Reply
) -> None:
    api.will("POST", "/jobs", passing, passing, Reply(201, {"job": JOB, "upload": None}))

    client.create_job(WISHED)

    assert len({seen.headers["idempotency-key"] for seen in api.seen}) == 1
    assert [seen.headers["authorization"][-1] for seen in api.seen] == ["1", "2", "3"]
    asked = passing.headers.get("Retry-After")
    assert waited == ([float(asked)] * 2 if asked else list(WAITS[:2]))


def test_a_limit_that_lasts_is_told_at_once_with_what_to_do(
    api: ApiServer, client: ApiClient, waited: list[float]
) -> None:
    api.will("POST", "/jobs", Reply(429, LIMIT, {"Retry-After": "40000"}))

    with pytest.raises(RequestRefused, match=r"Too many jobs today.*Try again tomorrow") as caught:
        client.create_job(WISHED)

    assert (caught.value.status, caught.value.code) == (429, "jobs_per_day_reached")
    assert waited == []


def test_the_faults_of_a_body_are_named(api: ApiServer, client: ApiClient) -> None:
    problem = {
        "title": "The body does not match its schema",
        "code": "body_invalid",
        "errors": [{"pointer": "/vocabulary", "code": "maxLength"}],
    }
    api.will("POST", "/jobs", Reply(422, problem))
    with pytest.raises(RequestRefused, match=r"/vocabulary \(maxLength\)"):
        client.create_job(WISHED)


def test_a_refusal_by_the_authorizer_names_the_session(api: ApiServer, client: ApiClient) -> None:
    api.will("GET", "/jobs/J", Reply(403, {"message": "Forbidden"}))
    with pytest.raises(RequestRefused, match="Sign in again") as caught:
        client.job("J")
    assert caught.value.code == "unauthenticated"


def test_trouble_that_does_not_pass_is_told(
    api: ApiServer, client: ApiClient, waited: list[float]
) -> None:
    api.will("GET", "/jobs/J", Reply(502, b"<html>"))
    with pytest.raises(RequestRefused) as caught:
        client.job("J")
    assert caught.value.code == "http_502"
    assert waited == list(WAITS)


def test_where_nothing_answers_the_address_is_named(waited: list[float]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ApiUnreachable, match=f"{url} does not answer"):
        ApiClient(url, lambda: "token", sleep=waited.append).job("J")
    assert waited == list(WAITS)


def test_a_small_recording_goes_in_one_request_with_the_headers_that_were_signed(
    api: ApiServer, client: ApiClient, recording: Path
) -> None:
    api.will("PUT", "/put", Reply(503, b"<Code>SlowDown</Code>"), Reply())

    client.upload(one_piece(api), recording)

    first, second = api.sent("PUT", "/put")
    assert first.body == second.body == recording.read_bytes()
    assert second.headers["content-type"] == "audio/mpeg"
    assert second.headers["content-length"] == "12"
    assert second.headers["if-none-match"] == "*"
    assert "authorization" not in second.headers, "the storage is not the API"


def test_a_recording_that_an_earlier_try_has_stored_is_uploaded(
    api: ApiServer, client: ApiClient, recording: Path
) -> None:
    api.will("PUT", "/put", Reply(500), Reply(412, b"<Code>PreconditionFailed</Code>"))
    client.upload(one_piece(api), recording)


def test_what_the_storage_says_against_a_recording_is_named(
    api: ApiServer, client: ApiClient, recording: Path
) -> None:
    api.will("PUT", "/put", Reply(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"))
    with pytest.raises(UploadRefused, match=r"403, SignatureDoesNotMatch.*did not change"):
        client.upload(one_piece(api), recording)


def test_a_large_recording_goes_in_parts_of_the_size_that_the_api_says(
    api: ApiServer, client: ApiClient, recording: Path
) -> None:
    parts: list[dict[str, Any]] = [
        {"part_number": n, "method": "PUT", "url": f"{api.url}/part{n}", "headers": {}}
        for n in (1, 2, 3)
    ]
    api.will("POST", "/jobs/J/upload/parts", Reply(200, {"parts": parts}))
    for n in (1, 2, 3):
        api.will("PUT", f"/part{n}", Reply(200, None, {"ETag": f'"e{n}"'}))
    api.will("POST", "/jobs/J/upload/complete", Reply(200, JOB))
    upload = {"kind": "parts", "size_bytes": 12, "part_bytes": 5, "part_count": 3}

    client.upload({"job": JOB, "upload": upload}, recording)

    sent = [api.sent("PUT", f"/part{n}")[0].body for n in (1, 2, 3)]
    assert sent == [b"01234", b"56789", b"ab"]
    (asked,) = api.sent("POST", "/jobs/J/upload/parts")
    assert asked.json == {"part_numbers": [1, 2, 3]}
    (complete,) = api.sent("POST", "/jobs/J/upload/complete")
    assert complete.json["parts"][2] == {"part_number": 3, "etag": '"e3"'}


def test_a_transcript_is_downloaded_by_its_link(
    api: ApiServer, client: ApiClient, tmp_path: Path
) -> None:
    api.will("GET", "/jobs/J/transcript?format=srt", Reply(200, {"url": f"{api.url}/t.srt?k=1"}))
    api.will("GET", "/t.srt?k=1", Reply(200, b"1\n"))

    client.download("J", "srt", tmp_path / "talk.srt")

    assert (tmp_path / "talk.srt").read_text() == "1\n"
    (edge,) = api.sent("GET", "/t.srt?k=1")
    assert "authorization" not in edge.headers


def test_a_link_that_does_not_lead_to_the_transcript_writes_nothing(
    api: ApiServer, client: ApiClient, tmp_path: Path
) -> None:
    api.will("GET", "/jobs/J/transcript?format=txt", Reply(200, {"url": f"{api.url}/gone"}))
    with pytest.raises(DownloadRefused, match="HTTP 404"):
        client.download("J", "txt", tmp_path / "talk.txt")
    assert not (tmp_path / "talk.txt").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("talk.mp3", "audio/mpeg"),
        ("film.mp4", "video/mp4"),
        ("talk.opus", "audio/opus"),
        ("letter.pdf", "application/octet-stream"),
        ("without-an-extension", "application/octet-stream"),
    ],
)
def test_a_file_is_announced_as_what_its_name_says(name: str, expected: str) -> None:
    assert content_type(Path(name)) == expected
