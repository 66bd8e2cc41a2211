"""An issuer's public keys, as it publishes them: a JSON Web Key Set behind an address.

Strangers choose the key ids that are asked for. PyJWT's own client would let each unknown one
cost a request, follows redirects, reads an answer of any length, and has no key while the
issuer does not answer.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWKSet, PyJWTError

from scribe.refreshed import FetchFailed, Refreshed
from scribe.session_tokens import ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FRESH_SECONDS: Final = 3600.0
"""After this time a key that the issuer has withdrawn is no longer good."""

RETRY_SECONDS: Final = 30.0
"""Unknown key ids ask the issuer once in this time, whoever sends them."""

_PATH: Final = "/.well-known/jwks.json"
_WAIT_SECONDS: Final = 2.5
_MAX_BYTES: Final = 64 * 1024
_LEAST_BITS: Final = 2048


class IssuerKeys:
    """The keys of one issuer, by their ids.

    Args:
        fetch: gets the key set's document; `download(url_of(issuer))`.
        on_failure: is told why the keys could not be renewed while the old ones stay good.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        fetch: Callable[[], bytes],
        *,
        on_failure: Callable[[FetchFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys: Refreshed[Mapping[str, RSAPublicKey]] = Refreshed(
            lambda: _keys_of(fetch()),
            fresh_seconds=FRESH_SECONDS,
            retry_seconds=RETRY_SECONDS,
            on_failure=on_failure,
            clock=clock,
        )

    def get(self, key_id: str) -> RSAPublicKey | None:
        """The key of this id, asked for anew where it is unknown.

        Raises:
            FetchFailed: no key of the issuer was ever fetched, and none could be now.
        """
        return self._keys.get(lambda known: key_id in known).get(key_id)


def url_of(issuer: str) -> str:
    """Where an issuer publishes its keys."""
    return issuer + _PATH


def download(url: str, *, wait_seconds: float = _WAIT_SECONDS) -> bytes:
    """The document at an address; follows no redirect and uses no proxy.

    Args:
        url: of http or https.
        wait_seconds: for the connection, for each read, and for all reads together.

    Raises:
        FetchFailed: it did not come in time, or is too large.
    """
    address = urlsplit(url)
    connect = HTTPConnection if address.scheme == "http" else HTTPSConnection
    connection = connect(address.hostname or "", address.port, timeout=wait_seconds)
    try:
        return _answer(connection, address.path, time.monotonic() + wait_seconds)
    except (OSError, HTTPException) as error:
        raise FetchFailed(f"{url}: {type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _answer(connection: HTTPConnection, path: str, deadline: float) -> bytes:
    connection.request("GET", path, headers={"Accept": "application/json"})
    answer = connection.getresponse()
    if answer.status != HTTPStatus.OK:
        raise HTTPException(f"status {answer.status}")
    document = bytearray()
    while piece := answer.read1(_MAX_BYTES):
        document += piece
        if len(document) > _MAX_BYTES:
            raise HTTPException(f"more than {_MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            # The connection's own limit holds for each read: a slow answer has many.
            raise TimeoutError("the answer did not end in time")
    return bytes(document)


def _keys_of(document: bytes) -> dict[str, RSAPublicKey]:
    try:
        published = PyJWKSet.from_json(document.decode("utf-8")).keys
    except (PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise FetchFailed(f"the issuer's key set is broken: {type(error).__name__}") from error
    keys = {
        jwk.key_id: jwk.key
        for jwk in published
        if isinstance(jwk.key_id, str)
        and jwk.algorithm_name == ALGORITHM
        and jwk.public_key_use in (None, "sig")
        and isinstance(jwk.key, RSAPublicKey)
        and jwk.key.key_size >= _LEAST_BITS
    }
    if not keys:
        raise FetchFailed(f"the issuer's key set has no key for {ALGORITHM}")
    return keys
