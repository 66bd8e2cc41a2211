"""An identity provider for one machine: it gives anybody who asks a token in any name.

    GET  /.well-known/jwks.json                        its public keys
    POST /token {"sub": "user_1", "email": "a@b.c"}    {"token": "…", "expires_at": 1767225600}

The tokens have the shape of Clerk's session tokens, version 2. The private keys are made at
the start and never leave the process. A browser gives the answers to pages of the authorized party
and to no others.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

TOKEN_SECONDS: Final = 60
"""How long a token lives, as with Clerk."""

KEYS_PATH: Final = "/.well-known/jwks.json"
TOKEN_PATH: Final = "/token"  # noqa: S105  # a path

_ALGORITHM: Final = "RS256"
_KEY_BITS: Final = 2048
_PUBLIC_EXPONENT: Final = 65537
_MAX_REQUEST_BYTES: Final = 4096


class SessionIssuer:
    """Serves keys and tokens on 127.0.0.1, from entering the context or `start` to `stop`.

    Args:
        port: 0 takes a free one.
        authorized_party: the tokens' claim `azp`; without one they have none.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        authorized_party: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._authorized_party = authorized_party
        self._clock = clock
        self._keys = [_Key.make()]
        # Never another address: whoever reaches this server is whoever they like.
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End the server; it does not start again."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def authorized_party(self) -> str | None:
        """The origin of the pages that people sign in to."""
        return self._authorized_party

    @property
    def url(self) -> str:
        """Where it answers, and the tokens' claim `iss`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def rotate(self) -> None:
        """Sign with a new key from here on; the keys before it stay published."""
        self._keys.append(_Key.make())

    def key_set(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        return {"keys": [key.published() for key in self._keys]}

    def token(self, subject: str, email: str | None = None) -> dict[str, Any]:
        """A token in a user's name.

        Args:
            subject: the user's id.
            email: the user's address; without one the token has no such claim.

        Returns:
            `token`, and when it ends as `expires_at`, in seconds since 1970.
        """
        issued = int(self._clock())
        claims: dict[str, Any] = {
            "exp": issued + TOKEN_SECONDS,
            "fva": [0, -1],
            "iat": issued,
            "iss": self.url,
            "jti": secrets.token_hex(10),
            "nbf": issued - 10,
            "sid": f"sess_{secrets.token_hex(14)}",
            "sts": "active",
            "sub": subject,
            "v": 2,
        }
        if self._authorized_party is not None:
            claims["azp"] = self._authorized_party
        if email is not None:
            claims["email"] = email
        key = self._keys[-1]
        token = jwt.encode(claims, key.private, _ALGORITHM, headers={"kid": key.id})
        return {"token": token, "expires_at": claims["exp"]}


@dataclass(frozen=True)
class _Key:
    """A key pair with its name."""

    id: str
    private: rsa.RSAPrivateKey

    @classmethod
    def make(cls) -> Self:
        private = rsa.generate_private_key(_PUBLIC_EXPONENT, _KEY_BITS)
        return cls(f"ins_{secrets.token_hex(14)}", private)

    def published(self) -> dict[str, Any]:
        numbers = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        kept = {name: numbers[name] for name in ("kty", "n", "e")}
        return {**kept, "kid": self.id, "use": "sig", "alg": _ALGORITHM}


class _BadRequest(Exception):
    """What is wrong with a request, to its sender."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], issuer: SessionIssuer) -> None:
        super().__init__(address, _Handler)
        self.issuer = issuer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Give the public keys."""
        if self.path == KEYS_PATH:
            self._answer(HTTPStatus.OK, self.server.issuer.key_set())
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is nothing here"})

    def do_POST(self) -> None:
        """Give a token."""
        if self.path != TOKEN_PATH:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is nothing here"})
            return
        try:
            subject, email = _asked_for(self._body())
        except _BadRequest as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        self._answer(HTTPStatus.OK, self.server.issuer.token(subject, email))

    def do_OPTIONS(self) -> None:
        """Tell a browser what the authorized party's pages may send."""
        self.send_response(HTTPStatus.NO_CONTENT)
        if self._allow_origin():
            self.send_header("Access-Control-Allow-Methods", "GET, POST")
            self.send_header("Access-Control-Allow-Headers", "content-type")
        self.end_headers()

    def _allow_origin(self) -> bool:
        party = self.server.issuer.authorized_party
        self.send_header("Vary", "Origin")
        allowed = party is not None and self.headers.get("Origin") == party
        if allowed:
            self.send_header("Access-Control-Allow-Origin", str(party))
        return allowed

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isdecimal() and 0 < int(length) <= _MAX_REQUEST_BYTES):
            raise _BadRequest(f"the body has 1 to {_MAX_REQUEST_BYTES} bytes")
        return self.rfile.read(int(length))

    def _answer(self, status: HTTPStatus, document: Mapping[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self._allow_origin()
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        """Stay silent: the terminal is the caller's."""


def _asked_for(body: bytes) -> tuple[str, str | None]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _BadRequest("the body is no JSON") from error
    if not isinstance(request, dict) or not isinstance(request.get("sub"), str):
        raise _BadRequest('the body is a JSON object with the user\'s id as "sub"')
    email = request.get("email")
    if not isinstance(email, str | None):
        raise _BadRequest('"email" is a string')
    return request["sub"], email
