"""Links to what can be read of a job: when there are any, to what, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from scribe.adapters import aws

from tests.unit.api_support import BUCKET, NEW_JOB, Api, api
from tests.unit.edge_support import ADDRESS, DAY, SIGNING_KEY, store_signing_key
from tests.unit.jobs_support import SOURCE, USER, arn, complete

if TYPE_CHECKING:
    from tests.unit.api_support import Reply

__all__ = ["api"]  # a fixture is found by its name

SMALL_JOB = {**NEW_JOB, "size_bytes": 3}


@pytest.fixture(autouse=True)
def signing_key(api: Api) -> None:
    del api
    store_signing_key()


def job_in(api: Api, status: str) -> str:
    """The path of a job that has come as far as this."""
    job_id = str(api.create(SMALL_JOB, user=USER)["job_id"])
    if status != "PENDING":
        execution = arn(job_id=job_id)
        api.jobs.claim_attempt(USER, job_id, attempt=1, execution_arn=execution, source=SOURCE)
    if status in ("prepared", "COMPLETED"):
        api.jobs.mark_processing(USER, job_id, execution_arn=execution)
        api.jobs.record_chunk_count(USER, job_id, execution_arn=execution, chunk_count=1)
    if status == "COMPLETED":
        assert complete(aws.dynamodb(), execution, job_id)
    return f"/jobs/{job_id}"


def upload(api: Api, path: str, body: bytes = b"abc") -> None:
    key = f"{USER}/{path.removeprefix('/jobs/')}/audio.mp3"
    api.s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def get(api: Api, path: str) -> Reply:
    return api.call("GET", path, user=USER)


def linked(reply: Reply) -> str:
    """The key that a link leads to; it ends when the answer says, in a day."""
    assert reply.status == 200, reply.body
    address: str = reply.body["url"]
    url = urlsplit(address)
    query = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}" == ADDRESS
    assert query["Key-Pair-Id"] == ["KFIRST"]
    ends_at = datetime.fromisoformat(reply.body["expires_at"])
    assert query["Expires"] == [str(int(ends_at.timestamp()))]
    assert timedelta() <= datetime.now(UTC) + timedelta(seconds=DAY) - ends_at < timedelta(hours=1)
    return url.path.removeprefix("/")


@pytest.mark.parametrize("fmt", ["json", "txt", "srt", "vtt"])
def test_a_completed_jobs_transcript_is_linked_in_each_format(api: Api, fmt: str) -> None:
    path = job_in(api, "COMPLETED")
    key = linked(get(api, f"{path}/transcript?format={fmt}"))
    assert key == f"{USER}/{path.removeprefix('/jobs/')}/transcript.{fmt}"


def test_the_transcript_is_a_document_unless_asked_otherwise(api: Api) -> None:
    assert linked(get(api, f"{job_in(api, 'COMPLETED')}/transcript")).endswith("/transcript.json")


@pytest.mark.parametrize("status", ["PENDING", "QUEUED", "prepared"])
def test_there_is_no_link_to_a_transcript_that_is_not_complete(api: Api, status: str) -> None:
    reply = get(api, f"{job_in(api, status)}/transcript")
    assert (reply.status, reply.code) == (409, "transcript_not_ready")


def test_a_recording_is_not_linked_before_its_arrival_is_known(api: Api) -> None:
    path = job_in(api, "PENDING")
    upload(api, path)
    assert get(api, f"{path}/audio").code == "recording_not_there"


@pytest.mark.parametrize("status", ["QUEUED", "prepared", "COMPLETED"])
def test_a_recording_is_linked_while_it_is_kept(api: Api, status: str) -> None:
    path = job_in(api, status)
    expired = get(api, f"{path}/audio")
    assert (expired.status, expired.code) == (409, "recording_not_there")
    upload(api, path)
    assert linked(get(api, f"{path}/audio")).endswith("/audio.mp3")


def test_peaks_are_linked_when_the_recording_is_prepared(api: Api) -> None:
    waiting = get(api, f"{job_in(api, 'QUEUED')}/peaks")
    assert (waiting.status, waiting.code) == (409, "peaks_not_ready")
    for status in ("prepared", "COMPLETED"):
        assert linked(get(api, f"{job_in(api, status)}/peaks")).endswith("/peaks.json")


@pytest.mark.parametrize("name", ["transcript", "audio", "peaks"])
def test_a_caller_is_sent_to_the_link_only_when_it_asks_for_that(api: Api, name: str) -> None:
    path = job_in(api, "COMPLETED")
    upload(api, path)
    sent = get(api, f"{path}/{name}?redirect=1")
    assert sent.status == 302
    assert sent.headers["Location"] == sent.body["url"]
    stayed = get(api, f"{path}/{name}?redirect=0")
    assert stayed.status == 200
    assert "Location" not in stayed.headers


@pytest.mark.parametrize(
    "wished",
    ["transcript?format=docx", "transcript?redirect=yes", "audio?format=json", "peaks?redirect=2"],
)
def test_what_cannot_be_wished_for_is_refused(api: Api, wished: str) -> None:
    reply = get(api, f"{job_in(api, 'COMPLETED')}/{wished}")
    assert (reply.status, reply.code) == (422, "query_invalid")


def test_without_a_key_to_sign_with_the_caller_may_try_again(api: Api) -> None:
    path = job_in(api, "COMPLETED")
    secret = aws.secrets_manager()
    secret.delete_secret(SecretId=SIGNING_KEY, ForceDeleteWithoutRecovery=True)
    reply = get(api, f"{path}/transcript")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert reply.headers["Retry-After"] == "5"
