"""authorizer: real tokens of a real issuer, over HTTP; what the operators and the caller see."""

from __future__ import annotations

import io
import json
import logging
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.origin_secret import HEADER
from scribe.refreshed import FetchFailed
from scribe.settings import SettingInvalid

from functions import runtime
from functions.authorizer import handler as function
from local.session_issuer import SessionIssuer
from tests.unit import session_support
from tests.unit.lambda_support import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "http://127.0.0.1:3000"
SECRET_NAME = "transcription/origin"
SECRET, PREVIOUS = "s" * 32, "p" * 32
REFUSED = {"isAuthorized": False}


@pytest.fixture(scope="module")
def issuer() -> Iterator[SessionIssuer]:
    with SessionIssuer(authorized_party=PAGE) as issuer:
        yield issuer


@pytest.fixture(autouse=True)
def environment(issuer: SessionIssuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The function as on the local stage, with a composition root of its own."""
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setenv("SESSION_ISSUER", issuer.url)
    monkeypatch.setenv("AUTHORIZED_PARTIES", PAGE)
    monkeypatch.setenv("AUTHORIZED_PARTY_REQUIRED", "true")
    monkeypatch.setenv("ORIGIN_SECRET", SECRET_NAME)
    function._doorkeeper.cache_clear()
    with mock_aws():
        secret = json.dumps({"current": SECRET, "previous": PREVIOUS})
        aws.secrets_manager().create_secret(Name=SECRET_NAME, SecretString=secret)
        yield
    function._doorkeeper.cache_clear()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the function writes to its log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(runtime.logger.registered_formatter)
    logger = logging.getLogger(runtime.logger.name)
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def ask(*, secret: str | None = SECRET, **headers: str) -> dict[str, Any]:
    """What the function says of a request; with no secret, of one past the edge."""
    if secret is not None:
        headers[HEADER] = secret
    event = {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:api/$default/GET/jobs",
        "identitySource": [headers.get("authorization", "")],
        "routeKey": "GET /jobs",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"requestId": "api-request-1", "http": {"method": "GET"}},
    }
    return function.handler(event, Context())


def signed_in(issuer: SessionIssuer, subject: str = "user_ana") -> str:
    """The header of somebody who has just asked the issuer for a token."""
    connection = HTTPConnection(issuer.url.removeprefix("http://"))
    body = json.dumps({"sub": subject, "email": "ana@example.com"})
    connection.request("POST", "/token", body)
    with connection.getresponse() as answer:
        document = json.loads(answer.read())
    connection.close()
    return f"Bearer {document['token']}"


def test_a_session_is_handed_on(issuer: SessionIssuer) -> None:
    answer = ask(authorization=signed_in(issuer))
    session_id = answer["context"].pop("session_id")
    assert answer == {
        "isAuthorized": True,
        "context": {"user_id": "user_ana", "email": "ana@example.com"},
    }
    assert session_id.startswith("sess_")


def test_a_caller_is_not_told_why_and_the_operators_are(
    issuer: SessionIssuer, log: io.StringIO
) -> None:
    assert ask(authorization=signed_in(issuer, "../user_ana")) == REFUSED
    line = json.loads(log.getvalue())
    assert (line["reason"], line["api_request_id"]) == ("user", "api-request-1")


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": ""}, {"authorization": "Basic YTpi"}, {"cookie": "a=b"}]
)
def test_a_request_without_a_token_is_refused(headers: dict[str, str]) -> None:
    assert ask(**headers) == REFUSED


def test_a_token_that_the_issuer_did_not_sign_is_refused(
    issuer: SessionIssuer, log: io.StringIO
) -> None:
    published = issuer.key_set()["keys"][0]["kid"]
    now = int(time.time())
    forged = session_support.token(
        header={"kid": published}, iss=issuer.url, azp=PAGE, iat=now, nbf=now, exp=now + 60
    )
    assert ask(authorization=f"Bearer {forged}") == REFUSED
    assert '"reason":"signature"' in log.getvalue()


def test_tokens_of_a_new_key_are_good_at_once() -> None:
    with SessionIssuer(authorized_party=PAGE) as issuer, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SESSION_ISSUER", issuer.url)
        before = issuer.token("user_ana")["token"]
        issuer.rotate()
        after = issuer.token("user_ana")["token"]
        assert ask(authorization=f"Bearer {before}")["isAuthorized"]
        assert ask(authorization=f"Bearer {after}")["isAuthorized"]


def test_a_request_must_come_through_the_edge(issuer: SessionIssuer, log: io.StringIO) -> None:
    authorization = signed_in(issuer)
    for wrong in (None, "", "guess"):
        assert ask(authorization=authorization, secret=wrong) == REFUSED
    assert log.getvalue().count('"reason":"origin"') == 3
    for good in (SECRET, PREVIOUS):
        assert ask(authorization=authorization, secret=good)["isAuthorized"]


def test_coming_through_the_edge_is_not_enough() -> None:
    assert ask(authorization="Bearer a.b.c") == REFUSED


def test_no_token_and_no_secret_reaches_the_log(issuer: SessionIssuer, log: io.StringIO) -> None:
    good, bad = signed_in(issuer), signed_in(issuer, "../user_ana")
    forged = f"Bearer {session_support.token()}"
    basic = "Basic dXNlcjpwYXNzd29yZA=="
    for authorization in (good, bad, forged, basic):
        for secret in (SECRET, "a wrong secret"):
            ask(authorization=authorization, secret=secret)
    written = log.getvalue()
    assert written.count("request refused") == 7
    for authorization in (good, bad, forged, basic):
        for part in authorization.partition(" ")[2].split("."):
            assert part not in written
    for secret in (SECRET, "a wrong secret", "ana@example.com", "../user_ana"):
        assert secret not in written


def test_while_nothing_is_known_of_the_keys_no_token_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SESSION_ISSUER", "http://127.0.0.1:1")
    with pytest.raises(FetchFailed, match="ConnectionRefusedError"):
        ask(authorization=f"Bearer {session_support.token()}")


def test_the_operators_hear_of_what_could_not_be_renewed(log: io.StringIO) -> None:
    runtime.warn_of(FetchFailed("no route to the issuer"))
    line = json.loads(log.getvalue())
    assert line["level"] == "WARNING"
    assert "no route to the issuer" in line["message"]


def test_off_the_local_stage_a_local_issuer_is_refused(
    issuer: SessionIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "prod")
    with pytest.raises(SettingInvalid, match="SESSION_ISSUER"):
        ask(authorization=signed_in(issuer))
