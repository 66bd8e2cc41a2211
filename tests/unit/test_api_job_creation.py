"""POST /jobs and GET /me: what is written, what is signed, and how often."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from scribe import keys
from scribe.adapters import aws
from scribe.adapters.usage_table import UsageTable
from scribe.limits import LimitReached

from functions.api import services
from tests.unit.api_support import (
    ANA,
    BEN,
    BUCKET,
    LARGE_JOB,
    MEBIBYTE,
    NEW_JOB,
    Api,
    api,
    signed_headers,
)

__all__ = ["api"]  # a fixture is found by its name

KEY = {"idempotency-key": "0123-abcd"}


def test_a_small_recording_is_announced_and_uploaded_by_one_signed_request(api: Api) -> None:
    reply = api.call("POST", "/jobs", NEW_JOB)
    assert reply.status == 201
    job, upload = reply.body["job"], reply.body["upload"]
    assert reply.headers["Location"] == f"/jobs/{job['job_id']}"
    assert (job["status"], job["language"], job["ui_language"]) == ("PENDING", "auto", "en")
    assert upload["kind"] == "put"
    assert upload["headers"] == {
        "Content-Length": "20000000",
        "Content-Type": "audio/mpeg",
        "If-None-Match": "*",
    }
    assert signed_headers(upload["url"]) == {
        "host",
        "content-length",
        "content-type",
        "if-none-match",
    }
    assert f"/{ANA}/{job['job_id']}/audio.mp3?" in upload["url"]
    assert "X-Amz-Expires=3600" in upload["url"]


def test_the_row_keeps_what_the_later_steps_need(api: Api) -> None:
    wished = {
        **NEW_JOB,
        "language": "es",
        "ui_language": "es",
        "vocabulary": "Peñalver",
        "metadata": {"case": "2026-118"},
    }
    job = api.jobs.get(ANA, api.create(wished)["job_id"])
    assert job is not None
    kept = {name: value for name, value in job.items() if name in wished}
    assert kept == {n: v for n, v in wished.items() if n not in {"size_bytes", "content_type"}}
    assert job["email"] == f"{ANA}@example.com"
    assert job["upload"] == {
        "key": keys.audio(ANA, job["job_id"], "mp3"),
        "content_type": "audio/mpeg",
        "size_bytes": 20_000_000,
        "part_bytes": None,
        "upload_id": None,
    }


def test_a_large_recording_is_uploaded_in_parts(api: Api) -> None:
    reply = api.call("POST", "/jobs", LARGE_JOB)
    assert reply.body["upload"] == {
        "kind": "parts",
        "size_bytes": 101 * MEBIBYTE,
        "part_bytes": 8 * MEBIBYTE,
        "part_count": 13,
    }
    (begun,) = api.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert begun["Key"] == keys.audio(ANA, reply.body["job"]["job_id"], "mp3")


@pytest.mark.parametrize(
    "file_name",
    [
        "../../etc/passwd",
        "a/b/../c.mp3",
        "C:\\Users\\ana\\..\\a.mp3",
        "%2e%2e%2fa.wav",
        "a.mp3\0.exe",
        "\r\nBcc: x@example.com.wav",
        "invoice\u202e3pm.exe",
        "<script>alert(1)</script>.mp3",
        "x.php",
        "☎" * 1024,
        ".",
    ],
)
def test_a_hostile_file_name_is_shown_as_it_is_and_is_in_no_key(api: Api, file_name: str) -> None:
    wished = {**NEW_JOB, "file_name": file_name, "content_type": "application/octet-stream"}
    job = api.create(wished)
    assert job["file_name"] == file_name
    row = api.jobs.get(ANA, job["job_id"])
    assert row is not None
    assert re.fullmatch(rf"{ANA}/{job['job_id']}/audio\.(bin|mp3|wav)", row["upload"]["key"])


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [
        ("audio/flac", "flac"),
        ("audio/flac; rate=8000", "flac"),
        ("video/x-unheard-of", "mp3"),
        ("application/octet-stream", "mp3"),
    ],
)
def test_a_content_type_that_lies_is_held_to_and_chooses_from_a_closed_list(
    api: Api, content_type: str, extension: str
) -> None:
    reply = api.call("POST", "/jobs", {**NEW_JOB, "content_type": content_type})
    upload = reply.body["upload"]
    assert upload["headers"]["Content-Type"] == content_type
    assert "content-type" in signed_headers(upload["url"])
    assert f"/audio.{extension}?" in upload["url"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"size_bytes": 0}, "/size_bytes"),
        ({"size_bytes": 1.5}, "/size_bytes"),
        ({"content_type": "text/html"}, "/content_type"),
        ({"content_type": "audio/mpeg\r\nx-amz-acl: public-read"}, "/content_type"),
        ({"file_name": ""}, "/file_name"),
        ({"file_name": "x" * 1025}, "/file_name"),
        ({"language": "fr"}, "/language"),
        ({"vocabulary": "x" * 601}, "/vocabulary"),
        ({"metadata": {"x": "é" * 1100}}, "/metadata"),
        ({"speakers": "two"}, "/speakers"),
        ({"speakers": 0}, "/speakers"),
        ({"speakers": 21}, "/speakers"),
        ({"speakers": None}, "/speakers"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    api: Api, changed: dict[str, Any], pointer: str
) -> None:
    reply = api.call("POST", "/jobs", {**NEW_JOB, **changed})
    assert reply.code == "body_invalid"
    assert [fault["pointer"] for fault in reply.body["errors"]] == [pointer]


@pytest.mark.parametrize("speakers", ["auto", 1, 2.0, 20])
def test_telling_speakers_apart_is_refused_as_not_built(api: Api, speakers: object) -> None:
    reply = api.call("POST", "/jobs", {**NEW_JOB, "speakers": speakers})
    assert (reply.status, reply.code) == (422, "speakers_not_supported")
    assert "not built" in reply.body["title"]
    assert api.jobs.count_open(ANA) == 0


def test_speakers_may_be_off(api: Api) -> None:
    assert api.call("POST", "/jobs", {**NEW_JOB, "speakers": "off"}).status == 201


def test_a_vocabulary_may_be_600_characters_long(api: Api) -> None:
    vocabulary = "ñ" * 600
    assert api.create({**NEW_JOB, "vocabulary": vocabulary})["vocabulary"] == vocabulary


def test_a_recording_above_the_limit_is_refused_and_one_at_the_limit_is_not(api: Api) -> None:
    limit = 20 * 1024 * MEBIBYTE
    assert api.call("POST", "/jobs", {**NEW_JOB, "size_bytes": limit + 1}).code == "audio_too_large"
    assert api.call("POST", "/jobs", {**NEW_JOB, "size_bytes": limit}).status == 201


def test_a_size_may_be_written_as_a_number_with_a_point(api: Api) -> None:
    raw = b'{"file_name": "a", "size_bytes": 5.0, "content_type": "audio/ogg"}'
    upload = api.call("POST", "/jobs", raw=raw).body["upload"]
    assert upload["headers"]["Content-Length"] == "5"


def test_a_repeated_request_with_its_key_makes_no_second_job(api: Api) -> None:
    replies = [api.call("POST", "/jobs", LARGE_JOB, headers=KEY) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].body["job"] == replies[1].body["job"]
    assert len(api.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1
    assert api.call("GET", "/me").body["use"]["jobs_today"] == 1


def test_a_repeated_request_after_the_upload_finds_nothing_to_upload(api: Api) -> None:
    job_id = api.call("POST", "/jobs", NEW_JOB, headers=KEY).body["job"]["job_id"]
    source = api.jobs.get(ANA, job_id)
    assert source is not None
    api.jobs.claim_attempt(
        ANA,
        job_id,
        attempt=1,
        execution_arn="arn:aws:states:us-east-1:123456789012:execution:t:1",
        source={
            "bucket": BUCKET,
            "key": source["upload"]["key"],
            "size_bytes": 20_000_000,
            "etag": "0",
            "version_id": None,
        },
    )
    reply = api.call("POST", "/jobs", NEW_JOB, headers=KEY)
    assert (reply.body["job"]["status"], reply.body["upload"]) == ("QUEUED", None)


def test_a_key_with_another_body_is_refused(api: Api) -> None:
    api.call("POST", "/jobs", NEW_JOB, headers=KEY)
    reply = api.call("POST", "/jobs", LARGE_JOB, headers=KEY)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")


def test_two_users_may_choose_the_same_key(api: Api) -> None:
    first = api.call("POST", "/jobs", NEW_JOB, headers=KEY, user=ANA).body["job"]["job_id"]
    second = api.call("POST", "/jobs", NEW_JOB, headers=KEY, user=BEN).body["job"]["job_id"]
    assert first != second


def test_a_key_whose_request_is_being_answered_is_busy(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    creation = services.services().creation
    inner: list[str | None] = []
    begin = creation.uploads.begin

    def begin_while_another_asks(key: str, content_type: str) -> str:
        inner.append(api.call("POST", "/jobs", LARGE_JOB, headers=KEY).code)
        return begin(key, content_type)

    monkeypatch.setattr(creation.uploads, "begin", begin_while_another_asks)
    assert api.call("POST", "/jobs", LARGE_JOB, headers=KEY).status == 201
    assert inner == ["idempotency_in_progress"]


def test_a_request_that_failed_leaves_its_key_free(api: Api) -> None:
    api.s3.delete_bucket(Bucket=BUCKET)
    assert api.call("POST", "/jobs", LARGE_JOB, headers=KEY).code == "unavailable"
    api.s3.create_bucket(Bucket=BUCKET)
    assert api.call("POST", "/jobs", LARGE_JOB, headers=KEY).status == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "ñ", "x" * 256])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    reply = api.call("POST", "/jobs", NEW_JOB, headers={"idempotency-key": key})
    assert reply.code == "idempotency_key_invalid"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("OPEN_JOBS_PER_USER", "2", "open_jobs_reached"),
        ("JOBS_PER_USER_PER_DAY", "2", "jobs_per_day_reached"),
        ("BYTES_PER_USER_PER_DAY", "59999999", "bytes_per_day_reached"),
    ],
)
def test_a_limit_holds_for_each_user_alone(
    api: Api, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str
) -> None:
    monkeypatch.setenv(name, value)
    for _ in range(2):
        api.create()
    refused = api.call("POST", "/jobs", NEW_JOB)
    assert (refused.status, refused.code) == (429, code)
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600 + 1
    assert api.call("POST", "/jobs", NEW_JOB, user=BEN).status == 201


def test_a_request_that_comes_between_does_not_pass_the_days_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBS_PER_USER_PER_DAY", "1")
    creation = services.services().creation
    client = creation.usage._rows._client
    another = UsageTable(aws.dynamodb(), "usage")

    def take_the_last_place(**_call: object) -> None:
        another.count(ANA, 1, creation.limits)

    client.meta.events.register("before-call.dynamodb.UpdateItem", take_the_last_place)
    with pytest.raises(LimitReached, match="jobs_per_day"):
        creation.usage.count(ANA, 1, creation.limits)
    client.meta.events.unregister("before-call.dynamodb.UpdateItem", take_the_last_place)
    assert api.call("GET", "/me").body["use"]["jobs_today"] == 1


def test_who_has_had_the_days_minutes_transcribed_announces_no_more(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINUTES_PER_USER_PER_DAY", "2")
    usage = UsageTable(aws.dynamodb(), "usage")
    usage.add_seconds(ANA, 60.1)
    api.create()
    usage.add_seconds(ANA, 59.0)
    refused = api.call("POST", "/jobs", NEW_JOB)
    assert (refused.status, refused.code) == (429, "minutes_per_day_reached")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600 + 1
    assert api.call("GET", "/me").body["use"]["minutes_today"] == 2
    assert api.call("POST", "/jobs", NEW_JOB, user=BEN).status == 201


def test_me_tells_who_calls_their_limits_and_their_use(api: Api) -> None:
    api.create()
    api.create(LARGE_JOB)
    api.create(user=BEN)
    me = api.call("GET", "/me").body
    assert (me["user_id"], me["email"]) == (ANA, f"{ANA}@example.com")
    assert me["limits"]["open_jobs"] == 1000
    ends = datetime.fromisoformat(me["use"].pop("day_ends_at"))
    assert 0 < (ends - datetime.now(UTC)).total_seconds() <= 24 * 3600
    assert me["use"] == {
        "open_jobs": 2,
        "jobs_today": 2,
        "bytes_today": 20_000_000 + 101 * MEBIBYTE,
        "minutes_today": 0,
    }
