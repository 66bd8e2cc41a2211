"""The API over HTTP, with real tokens, from the announcement of a recording to its transcript."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from scribe import keys, schemas
from scribe.adapters.origin_secret import HEADER

from commands.edge_keys import Names
from commands.platform import STAGE
from models.measures import word_error_rate
from samples import sample
from tests.e2e.inbox import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_secretsmanager import SecretsManagerClient
    from scribe.jobs import Job

    from local.session_issuer import SessionIssuer
    from tests.e2e.inbox import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

USER = "user_2maria"


@dataclass(frozen=True)
class Reply:
    """What was answered; the names of the headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.body)


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
    """Send one request with these headers and no others."""
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=60)
    try:
        connection.request(method, f"{place.path}?{place.query}", body, dict(headers))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Client:
    """A program of one user."""

    endpoint: str
    issuer: SessionIssuer
    user: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        token = self.issuer.token(self.user, f"{self.user}@example.com")["token"]
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        data = None if body is None else json.dumps(body).encode()
        return send(method, self.endpoint + path, sent, data)


@pytest.fixture(scope="module")
def client(fleet: Inbox) -> Client:
    return Client(fleet.platform.url, fleet.platform.issuer, USER)


def announcement(body: bytes) -> dict[str, object]:
    return {
        "file_name": "Mañana.ogg",
        "size_bytes": len(body),
        "content_type": "audio/ogg",
        "language": "es",
        "ui_language": "es",
        "metadata": {"case": "2026-118"},
    }


@pytest.fixture(scope="module")
def transcribed(fleet: Inbox, client: Client) -> Job:
    """A recording that was announced, uploaded and transcribed."""
    body = sample("spanish").path.read_bytes()
    made = client.call("POST", "/jobs", announcement(body))
    assert made.status == 201, made.body
    job, upload = made.json["job"], made.json["upload"]

    assert send("PUT", upload["url"], upload["headers"], body).status == 200
    again = send("PUT", upload["url"], upload["headers"], body)
    assert again.status == 412, "a recording is uploaded once"

    key = keys.audio(USER, job["job_id"], "ogg")
    return fleet.wait([key])[key]


def test_a_recording_is_announced_uploaded_and_transcribed(
    fleet: Inbox, client: Client, transcribed: Job
) -> None:
    assert transcribed["status"] == "COMPLETED"
    assert transcribed["metadata"] == {"case": "2026-118"}
    assert word_error_rate(sample("spanish").text, fleet.spoken(transcribed)) <= 0.1
    (mail,) = fleet.mails(transcribed)
    assert mail["To"] == f"{USER}@example.com"
    upload = f"/jobs/{transcribed['job_id']}/upload"
    assert client.call("POST", upload).json["code"] == "upload_not_pending"


@pytest.mark.parametrize("fmt", keys.TRANSCRIPT_FORMATS)
def test_a_transcript_is_read_by_its_link_and_saved_under_the_recordings_name(
    fleet: Inbox, client: Client, transcribed: Job, fmt: keys.TranscriptFormat
) -> None:
    path = f"/jobs/{transcribed['job_id']}/transcript?format={fmt}"
    url = client.call("GET", path).json["url"]
    answer = send("GET", url, {})
    assert answer.status == 200
    assert answer.body.decode() == fleet.text(transcribed, fmt)
    assert f"filename*=UTF-8''Ma%C3%B1ana.{fmt}" in answer.headers["content-disposition"]
    assert send("GET", url.partition("?")[0], {}).status == 403, "a link is its signature"


def test_a_player_finds_the_recording_and_its_wave_form(client: Client, transcribed: Job) -> None:
    path = f"/jobs/{transcribed['job_id']}"
    peaks = send("GET", client.call("GET", f"{path}/peaks").json["url"], {})
    schemas.validate("peaks", peaks.json)
    sought = client.call("GET", f"{path}/audio?redirect=1")
    assert sought.status == 302
    audio = send("GET", sought.headers["location"], {"Range": "bytes=0-3"})
    assert (audio.status, audio.body) == (206, b"OggS")
    assert "sandbox" in audio.headers["content-security-policy"], "what users upload runs nowhere"


def test_links_end_with_their_job(client: Client) -> None:
    body = b"no recording"
    made = client.call("POST", "/jobs", announcement(body))
    path, upload = made.headers["location"], made.json["upload"]
    assert client.call("GET", f"{path}/audio").json["code"] == "recording_not_there"
    send("PUT", upload["url"], upload["headers"], body)
    url = eventually(lambda: client.call("GET", f"{path}/audio").json.get("url"), seconds=60)
    assert [send("GET", url, {}).status for _ in range(2)] == [200, 200]
    assert client.call("DELETE", path).status == 200
    assert send("GET", url, {}).status == 403


def test_a_large_recording_goes_in_parts_that_can_be_resumed_and_given_up(client: Client) -> None:
    wished = {**announcement(b""), "size_bytes": 101 * 1024 * 1024}
    path = client.call("POST", "/jobs", wished).headers["location"] + "/upload"
    (part,) = client.call("POST", f"{path}/parts", {"part_numbers": [13]}).json["parts"]

    sent = send("PUT", part["url"], part["headers"], bytes(int(part["headers"]["Content-Length"])))

    assert sent.status == 200
    (arrived,) = client.call("GET", path).json["parts"]
    assert (arrived["part_number"], arrived["size_bytes"]) == (13, 5 * 1024 * 1024)
    said = {"parts": [{"part_number": 13, "etag": sent.headers["etag"]}]}
    assert client.call("POST", f"{path}/complete", said).json["code"] == "parts_missing"
    assert client.call("DELETE", path).json["status"] == "EXPIRED"


def test_a_request_that_is_repeated_makes_one_job(client: Client) -> None:
    key = {"Idempotency-Key": "a-key-of-my-own"}
    first, second = (
        client.call("POST", "/jobs", announcement(b"x"), **key).json["job"] for _ in range(2)
    )
    assert first == second


def test_who_has_no_session_gets_nothing(client: Client) -> None:
    assert send("GET", f"{client.endpoint}/me", {}).status == 401
    assert send("GET", f"{client.endpoint}/me", {"Authorization": "Bearer a.b.c"}).status == 403


def test_the_apis_own_address_serves_nobody_who_does_not_know_the_edges_secret(
    fleet: Inbox, client: Client
) -> None:
    bare = replace(client, endpoint=fleet.platform.outputs["ApiUrl"])
    assert send("GET", f"{bare.endpoint}/me", {}).status == 401
    assert bare.call("GET", "/me").status == 403
    assert bare.call("GET", "/me", **{HEADER: "a guess"}).status == 403
    secrets: SecretsManagerClient = fleet.platform.aws.client("secretsmanager")
    stored = secrets.get_secret_value(SecretId=Names.of(STAGE).origin_secret)["SecretString"]
    values = json.loads(stored)
    assert values.keys() == {"current", "previous"}
    for value in values.values():
        assert bare.call("GET", "/me", **{HEADER: value}).status == 200


def test_another_user_finds_nothing(client: Client) -> None:
    path = client.call("POST", "/jobs", announcement(b"x")).headers["location"]
    stranger = Client(client.endpoint, client.issuer, "user_2stranger")
    assert stranger.call("DELETE", f"{path}/upload").json["code"] == "job_not_found"
    assert stranger.call("GET", "/me").json["use"]["open_jobs"] == 0


def test_a_page_of_another_origin_is_not_told_what_was_answered(client: Client) -> None:
    page = str(client.issuer.authorized_party)
    own = client.call("GET", "/me", Origin=page)
    other = client.call("GET", "/me", Origin="https://elsewhere.example.com")
    assert own.headers["access-control-allow-origin"] == page
    assert "access-control-allow-origin" not in other.headers
