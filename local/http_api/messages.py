"""HTTP requests and responses as values, and the refusals that the gateway itself answers."""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers about one connection, which no gateway hands on."""

Headers = tuple[tuple[str, str], ...]


def _request_id() -> str:
    return base64.b64encode(os.urandom(11)).decode()


@dataclass(frozen=True)
class Request:
    """A request as it arrived.

    Attributes:
        method: in capitals.
        target: path and query as sent, `/a%20b?c=1`.
        headers: names as sent, in their order.
        body: decoded of its transfer encoding.
        source_ip: the client's address.
        domain: host and port that the API answers at.
        received: seconds since 1970.
        id: API Gateway's id of the request.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    source_ip: str
    domain: str
    received: float = field(default_factory=time.time)
    id: str = field(default_factory=_request_id)

    @property
    def path(self) -> str:
        """The path, decoded: API Gateway decodes it before it looks for a route."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """The query as sent."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """Return a header's values, joined by commas, or an empty text."""
        return ",".join(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True)
class Response:
    """An answer to a request.

    Attributes:
        status: the HTTP status code.
        headers: without those that the server adds.
        body: as it goes to the client.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""

    def without(self, names: Iterable[str]) -> Response:
        """Return it without the headers of these names, which are in small letters."""
        dropped = frozenset(names)
        kept = tuple(header for header in self.headers if header[0].lower() not in dropped)
        return replace(self, headers=kept)

    def having(self, *headers: tuple[str, str]) -> Response:
        """Return it with more headers."""
        return replace(self, headers=self.headers + headers)


class Refusal(Exception):
    """The gateway answers in the function's place.

    Args:
        status: the HTTP status code.
        message: the text in the body, as AWS words it.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = Response(
            status,
            (("content-type", "application/json"),),
            json.dumps({"message": message}, separators=(",", ":")).encode(),
        )


def internal_server_error() -> Refusal:
    """Return how AWS answers whatever is wrong behind the gateway."""
    return Refusal(500, "Internal Server Error")
