"""The local identity provider: keys and tokens as Clerk publishes and makes them."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from local.session_issuer import TOKEN_SECONDS, SessionIssuer

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000
PAGE = "http://127.0.0.1:3000"


@pytest.fixture(scope="module")
def issuer() -> Iterator[SessionIssuer]:
    with SessionIssuer(authorized_party=PAGE, clock=lambda: NOW + 0.7) as issuer:
        yield issuer


def request(
    issuer: SessionIssuer, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection(issuer.url.removeprefix("http://"), timeout=5)
    connection.request(method, path, body, headers)
    with connection.getresponse() as answer:
        assert answer.headers["Content-Type"] == "application/json"
        assert "Access-Control-Allow-Origin" not in answer.headers
        document = json.loads(answer.read())
    connection.close()
    return answer.status, document


def read(issuer: SessionIssuer, token: str) -> dict[str, Any]:
    """A token's claims, once its key was found among the published ones."""
    _, key_set = request(issuer, "GET", "/.well-known/jwks.json")
    key = jwt.PyJWKSet.from_dict(key_set)[jwt.get_unverified_header(token)["kid"]]
    # Not `jwt.decode`, which would judge the times by a clock of its own.
    claims: dict[str, Any] = json.loads(jwt.PyJWS().decode(token, key, algorithms=["RS256"]))
    return claims


def test_a_token_has_the_shape_of_clerks(issuer: SessionIssuer) -> None:
    status, answer = request(
        issuer, "POST", "/token", '{"sub": "user_ana", "email": "ana@example.com"}'
    )
    assert (status, answer["expires_at"]) == (200, NOW + TOKEN_SECONDS)
    claims = read(issuer, answer["token"])
    assert len(claims.pop("jti")) == 20
    assert claims.pop("sid").startswith("sess_")
    assert claims == {
        "azp": PAGE,
        "email": "ana@example.com",
        "exp": NOW + 60,
        "fva": [0, -1],
        "iat": NOW,
        "iss": issuer.url,
        "nbf": NOW - 10,
        "sts": "active",
        "sub": "user_ana",
        "v": 2,
    }


def test_no_address_is_no_claim(issuer: SessionIssuer) -> None:
    _, answer = request(issuer, "POST", "/token", '{"sub": "user_ana"}')
    assert "email" not in read(issuer, answer["token"])


def test_each_token_is_of_a_session_of_its_own(issuer: SessionIssuer) -> None:
    first, second = (read(issuer, issuer.token("user_ana")["token"]) for _ in range(2))
    assert first["sid"] != second["sid"]
    assert first["jti"] != second["jti"]


def test_published_keys_are_public(issuer: SessionIssuer) -> None:
    _, document = request(issuer, "GET", "/.well-known/jwks.json")
    (key,) = document["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_after_a_rotation_tokens_of_both_keys_can_be_read() -> None:
    with SessionIssuer() as issuer:
        before = issuer.token("user_ana")["token"]
        issuer.rotate()
        after = issuer.token("user_ana")["token"]
        assert read(issuer, before)["sub"] == read(issuer, after)["sub"] == "user_ana"
    names = {jwt.get_unverified_header(token)["kid"] for token in (before, after)}
    assert len(names) == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "sub=user_ana",
        "[]",
        "{}",
        '{"sub": 7}',
        '{"sub": "user_ana", "email": 7}',
        "[" * 4000,
        " " * 5000,
    ],
    ids=lambda body: body[:20],
)
def test_a_request_that_says_nobody_is_refused(body: str, issuer: SessionIssuer) -> None:
    status, answer = request(issuer, "POST", "/token", body)
    assert status == 400
    assert answer["error"]


@pytest.mark.parametrize("length", ["", "-1", "many", "9999999999"])
def test_a_length_that_is_none_is_refused(length: str, issuer: SessionIssuer) -> None:
    status, _ = request(issuer, "POST", "/token", None, **{"Content-Length": length})
    assert status == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/token"), ("POST", "/")])
def test_there_is_nothing_else(method: str, path: str, issuer: SessionIssuer) -> None:
    assert request(issuer, method, path)[0] == 404


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
@pytest.mark.parametrize(
    ("origin", "allowed"), [(PAGE, PAGE), ("http://elsewhere.example", None), (None, None)]
)
def test_browsers_show_tokens_to_pages_of_the_authorized_party_alone(
    issuer: SessionIssuer, method: str, origin: str | None, allowed: str | None
) -> None:
    connection = HTTPConnection(issuer.url.removeprefix("http://"), timeout=5)
    connection.request(
        method, "/token", '{"sub": "user_ana"}', {"Origin": origin} if origin else {}
    )
    with connection.getresponse() as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == allowed
        assert answer.headers["Vary"] == "Origin"
        if method == "OPTIONS":
            assert answer.headers["Access-Control-Allow-Headers"] == (allowed and "content-type")
    connection.close()


def test_only_this_machine_reaches_it(issuer: SessionIssuer) -> None:
    port = int(issuer.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port))


def test_it_ends_when_it_is_told() -> None:
    with SessionIssuer() as issuer:
        port = int(issuer.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
