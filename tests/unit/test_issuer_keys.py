"""The issuer's keys: fetched when needed, not when strangers want it, and kept in hard times."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from scribe.adapters import issuer_keys
from scribe.adapters.issuer_keys import FRESH_SECONDS, RETRY_SECONDS, IssuerKeys, download
from scribe.refreshed import FetchFailed

from tests.unit.session_support import ABSENT, KEY_ID, jwk, key_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLD, NEW = KEY_ID, "ins_new"
AFTER_ROTATION = key_set(jwk(), jwk("the issuer's next", kid=NEW))


class Issuer:
    """Answers with `document`, or fails with it; counts how often it was asked."""

    def __init__(self, document: bytes | FetchFailed) -> None:
        self.document = document
        self.asked = 0
        self.now = 1000.0
        self.failures: list[FetchFailed] = []
        self.keys = IssuerKeys(self.fetch, on_failure=self.failures.append, clock=lambda: self.now)

    def fetch(self) -> bytes:
        self.asked += 1
        if isinstance(self.document, FetchFailed):
            raise self.document
        return self.document


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(key_set())


def test_keys_are_asked_for_once(issuer: Issuer) -> None:
    assert issuer.keys.get(OLD) == issuer.keys.get(OLD) is not None
    assert issuer.asked == 1


def test_a_new_key_is_found_by_its_first_token(issuer: Issuer) -> None:
    issuer.keys.get(OLD)
    issuer.document = AFTER_ROTATION
    issuer.now += RETRY_SECONDS
    assert issuer.keys.get(NEW) is not None
    assert issuer.asked == 2


def test_unknown_ids_cost_one_request_in_a_while(issuer: Issuer) -> None:
    issuer.keys.get(OLD)
    for number in range(100):
        assert issuer.keys.get(f"guess {number}") is None
    assert issuer.asked == 1
    issuer.now += RETRY_SECONDS
    for number in range(100):
        assert issuer.keys.get(f"guess {number}") is None
    assert issuer.asked == 2
    assert issuer.keys.get(OLD) is not None


def test_a_key_that_was_withdrawn_is_forgotten(issuer: Issuer) -> None:
    issuer.keys.get(OLD)
    issuer.document = key_set(jwk(kid=NEW))
    issuer.now += FRESH_SECONDS - 1
    assert issuer.keys.get(OLD) is not None
    issuer.now += 1
    assert issuer.keys.get(OLD) is None


def test_known_keys_stay_good_while_the_issuer_fails(issuer: Issuer) -> None:
    issuer.keys.get(OLD)
    issuer.document = FetchFailed("no route")
    issuer.now += FRESH_SECONDS
    for _ in range(10):
        assert issuer.keys.get(OLD) is not None
        assert issuer.keys.get(NEW) is None
    assert (issuer.asked, list(map(str, issuer.failures))) == (2, ["no route"])
    issuer.document = AFTER_ROTATION
    issuer.now += RETRY_SECONDS
    assert issuer.keys.get(NEW) is not None


def test_without_a_single_key_nothing_can_be_said() -> None:
    issuer = Issuer(FetchFailed("no route"))
    with pytest.raises(FetchFailed, match="no route"):
        issuer.keys.get(OLD)
    issuer.document = key_set()
    assert issuer.keys.get(OLD) is not None


BROKEN = {
    "nothing": b"",
    "no JSON": b"<html>",
    "not UTF-8": b"\xff",
    "a part": key_set()[:-1],
    "a list": b"[]",
    "null": b"null",
    "no keys": b'{"keys": []}',
    "keys as a text": b'{"keys": "all"}',
    "keys that are texts": b'{"keys": ["key"]}',
    "nothing but depth": b"[" * 50_000,
    "a key without numbers": key_set(jwk(n=ABSENT)),
    "a key of wrong numbers": key_set(jwk(n=7)),
    "a key of no numbers": key_set(jwk(n="", e="")),
    "a key without a name": key_set(jwk(kid=ABSENT)),
    "a key whose name is a list": key_set(jwk(kid=[KEY_ID])),
    "a key of an unknown kind": key_set(jwk(kty="XYZ")),
    "a key for another algorithm": key_set(jwk(alg="RS512")),
    "a key for encryption": key_set(jwk(use="enc")),
    "a key that is too short": key_set(jwk("a short one")),
    "a secret": key_set({"kty": "oct", "kid": KEY_ID, "alg": "HS256", "k": "c2VjcmV0"}),
    "a secret for RS256": key_set({"kty": "oct", "kid": KEY_ID, "alg": "RS256", "k": "c2VjcmV0"}),
}


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_a_broken_key_set_changes_nothing(document: bytes, issuer: Issuer) -> None:
    with pytest.raises(FetchFailed):
        Issuer(document).keys.get(OLD)
    issuer.keys.get(OLD)
    issuer.document = document
    issuer.now += FRESH_SECONDS
    assert issuer.keys.get(OLD) is not None
    assert len(issuer.failures) == 1


def test_of_several_keys_the_usable_ones_are_taken() -> None:
    document = key_set(
        "?", {"kty": "XYZ"}, jwk(kid="short", use="enc"), jwk(alg=ABSENT, use=ABSENT)
    )
    keys = Issuer(document).keys
    assert keys.get(OLD) is not None
    assert keys.get("short") is None


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server that answers each GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_the_document_is_read_where_the_issuer_publishes_it() -> None:
    paths = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        say(handler, key_set())

    with serving(answer) as url:
        assert download(issuer_keys.url_of(url)) == key_set()
    assert paths == ["/.well-known/jwks.json"]


@pytest.mark.parametrize("proxy", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_no_proxy_is_used(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(proxy, "http://127.0.0.1:1")
    with serving(lambda handler: say(handler, b"{}")) as url:
        assert download(f"{url}/") == b"{}"


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.01)


def greet(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 hello\r\n")


BAD_ANSWERS: dict[str, tuple[str, Callable[[BaseHTTPRequestHandler], None]]] = {
    "a redirect": ("status 302", lambda h: say(h, b"", 302, Location="http://127.0.0.1:1/")),
    "a refusal": ("status 403", lambda h: say(h, key_set(), 403)),
    "an error": ("status 500", lambda h: say(h, b"", 500)),
    "too much": ("more than", lambda h: say(h, b" " * 200_000)),
    "slowly": ("did not end in time", drip),
    "another protocol": ("BadStatusLine", greet),
    "nothing": ("RemoteDisconnected", lambda _handler: None),
}


@pytest.mark.parametrize(("why", "answer"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_is_a_failure_that_says_why(
    why: str, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    with serving(answer) as url, pytest.raises(FetchFailed, match=why):
        download(f"{url}/", wait_seconds=0.2)


def test_an_issuer_that_does_not_answer_is_not_waited_for() -> None:
    released = threading.Event()

    def wait(_handler: BaseHTTPRequestHandler) -> None:
        released.wait()

    with serving(wait) as url:
        try:
            with pytest.raises(FetchFailed, match="timed out"):
                download(f"{url}/", wait_seconds=0.1)
        finally:
            released.set()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "https:///"])
def test_an_issuer_that_cannot_be_reached_is_a_failure(url: str) -> None:
    with pytest.raises(FetchFailed):
        download(url)


def test_the_name_of_the_server_is_checked_against_its_certificate() -> None:
    with serving(lambda handler: say(handler, key_set())) as url, pytest.raises(FetchFailed):
        download(url.replace("http:", "https:") + "/")
