"""The routes of an upload: renewed, resumed, completed once, given up."""

from __future__ import annotations

from typing import Any

import pytest
from scribe import keys

from tests.unit.api_support import (
    ANA,
    BUCKET,
    LARGE_JOB,
    MEBIBYTE,
    NEW_JOB,
    Api,
    api,
    signed_headers,
)

__all__ = ["api"]  # a fixture is found by its name

ONE_PART = {"parts": [{"part_number": 1, "etag": "0"}]}


@pytest.fixture
def large(api: Api) -> str:
    """The path of a large recording's upload, of which nothing has arrived."""
    return f"/jobs/{api.create(LARGE_JOB)['job_id']}/upload"


@pytest.fixture
def small(api: Api) -> str:
    """The path of a small recording's upload."""
    return f"/jobs/{api.create(NEW_JOB)['job_id']}/upload"


def job_of(path: str) -> str:
    return path.split("/")[2]


def send_all(api: Api, path: str) -> dict[str, Any]:
    """Upload every part, and return the body that completes the upload."""
    parts = [
        {"part_number": number, "etag": api.send_part(job_of(path), number)}
        for number in range(1, 14)
    ]
    return {"parts": parts}


def arrived(api: Api, path: str) -> None:
    """What startTranscription does when S3 tells it of the recording."""
    job = api.jobs.get(ANA, job_of(path))
    assert job is not None
    api.jobs.claim_attempt(
        ANA,
        job["job_id"],
        attempt=1,
        execution_arn="arn:aws:states:us-east-1:123456789012:execution:t:1",
        source={
            "bucket": BUCKET,
            "key": job["upload"]["key"],
            "size_bytes": job["upload"]["size_bytes"],
            "etag": "0",
            "version_id": None,
        },
    )


def test_a_pending_upload_in_one_piece_is_signed_again(api: Api, small: str) -> None:
    upload = api.call("POST", small).body
    assert upload["kind"] == "put"
    assert "if-none-match" in signed_headers(upload["url"])


def test_a_pending_upload_in_parts_goes_on_under_its_name(api: Api, large: str) -> None:
    assert api.call("POST", large).body["kind"] == "parts"
    assert len(api.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1


def test_parts_are_signed_with_their_exact_sizes(api: Api, large: str) -> None:
    reply = api.call("POST", f"{large}/parts", {"part_numbers": [13, 1]})
    last, first = reply.body["parts"]
    assert last["headers"] == {"Content-Length": str(5 * MEBIBYTE)}
    assert first["headers"] == {"Content-Length": str(8 * MEBIBYTE)}
    assert signed_headers(first["url"]) == {"host", "content-length"}
    assert "partNumber=1&" in first["url"]


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([14], "part_number_unknown"),
        ([1, 10_000], "part_number_unknown"),
        ([0], "body_invalid"),
        ([-1], "body_invalid"),
        ([10_001], "body_invalid"),
        ([], "body_invalid"),
        ([1, 1], "body_invalid"),
        (["1"], "body_invalid"),
        (list(range(1, 102)), "body_invalid"),
    ],
    ids=str,
)
def test_a_part_that_the_upload_does_not_have_is_not_signed(
    api: Api, large: str, numbers: list[object], code: str
) -> None:
    assert api.call("POST", f"{large}/parts", {"part_numbers": numbers}).code == code


def test_the_parts_that_have_arrived_are_listed_to_go_on_with_the_others(
    api: Api, large: str
) -> None:
    assert api.call("GET", large).body["parts"] == []
    etag = api.send_part(job_of(large), 3)
    state = api.call("GET", large).body
    assert state["part_count"] == 13
    assert state["parts"] == [
        {"part_number": 3, "etag": etag.strip('"'), "size_bytes": 8 * MEBIBYTE}
    ]


def test_an_upload_with_all_its_parts_becomes_the_recording_and_only_once(
    api: Api, large: str
) -> None:
    body = send_all(api, large)
    first = api.call("POST", f"{large}/complete", body)
    key = keys.audio(ANA, job_of(large), "mp3")
    head = api.s3.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentLength"], head["ContentType"]) == (101 * MEBIBYTE, "audio/mpeg")
    again = api.call("POST", f"{large}/complete", body)
    arrived(api, large)
    later = api.call("POST", f"{large}/complete", body)
    assert [reply.status for reply in (first, again, later)] == [200, 200, 200]
    assert later.body["status"] == "QUEUED"
    assert api.s3.head_object(Bucket=BUCKET, Key=key)["LastModified"] == head["LastModified"]


def test_an_upload_is_not_completed_before_its_parts(api: Api, large: str) -> None:
    etag = api.send_part(job_of(large), 1)
    said = {"parts": [{"part_number": 1, "etag": etag}]}
    reply = api.call("POST", f"{large}/complete", said)
    assert reply.code == "parts_missing"
    assert reply.body["detail"].startswith("parts 2, 3, 4")
    assert "Contents" not in api.s3.list_objects_v2(Bucket=BUCKET)


def test_an_upload_is_not_completed_with_other_parts_than_the_caller_sent(
    api: Api, large: str
) -> None:
    body = send_all(api, large)
    body["parts"][12]["etag"] = body["parts"][0]["etag"]
    reply = api.call("POST", f"{large}/complete", body)
    assert (reply.code, reply.body["detail"]) == ("parts_differ", "parts 13")


def test_a_small_recording_has_no_parts(api: Api, small: str) -> None:
    replies = [
        api.call("GET", small),
        api.call("POST", f"{small}/parts", {"part_numbers": [1]}),
        api.call("POST", f"{small}/complete", ONE_PART),
    ]
    assert {reply.code for reply in replies} == {"upload_not_in_parts"}


@pytest.mark.parametrize("wished", [NEW_JOB, LARGE_JOB], ids=["in one piece", "in parts"])
def test_an_upload_that_is_given_up_expires_its_job_and_drops_its_parts(
    api: Api, wished: dict[str, object]
) -> None:
    path = f"/jobs/{api.create(wished)['job_id']}/upload"
    for _ in range(2):
        assert api.call("DELETE", path).body["status"] == "EXPIRED"
    assert "Uploads" not in api.s3.list_multipart_uploads(Bucket=BUCKET)
    assert api.call("GET", "/me").body["use"]["open_jobs"] == 0
    assert api.call("POST", path).code == "upload_not_pending"


def test_an_upload_that_was_given_up_is_not_completed(api: Api, large: str) -> None:
    api.call("DELETE", large)
    assert api.call("POST", f"{large}/complete", ONE_PART).code == "upload_not_pending"
    assert api.call("POST", f"{large}/parts", {"part_numbers": [1]}).code == "upload_not_pending"


def test_an_upload_that_the_bucket_dropped_is_gone(api: Api, large: str) -> None:
    api.send_part(job_of(large), 1)
    (begun,) = api.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    api.s3.abort_multipart_upload(Bucket=BUCKET, Key=begun["Key"], UploadId=begun["UploadId"])
    assert api.call("GET", large).code == "upload_gone"
    assert api.call("POST", f"{large}/complete", ONE_PART).code == "upload_gone"
    assert api.call("DELETE", large).status == 200


def test_a_recording_that_has_arrived_is_not_uploaded_again(api: Api, small: str) -> None:
    arrived(api, small)
    assert api.call("POST", small).code == "upload_not_pending"
    assert api.call("DELETE", small).code == "upload_not_pending"
