"""Links through the edge, signed by a CloudFront key pair: each lives as long as it says.

In Secrets Manager the pair is the JSON `{"current": {"id": "K…", "private_key": "-----BEGIN…"}}`.
Other members, the pairs before and after this one, sign nothing: while the edge trusts them,
links that they signed stay good.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scribe.refreshed import FetchFailed, Refreshed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from scribe.shapes import ObjectReference

FRESH_SECONDS: Final = 300.0
"""After this time a pair that was replaced signs no more."""

RETRY_SECONDS: Final = 30.0


@dataclass(frozen=True)
class SigningKey:
    """A private key, and the id by which CloudFront knows its public half."""

    id: str
    private: rsa.RSAPrivateKey

    def sign(self, message: bytes) -> bytes:
        """Sign as CloudFront expects where a link names no algorithm: RSA with SHA-1."""
        # Nobody but this platform writes what is signed, so that SHA-1's collisions do not help.
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # see above


class SigningKeys:
    """The key pair that signs at the moment.

    Args:
        client: Secrets Manager.
        name: the secret's name or ARN.
        on_failure: is told why the pair could not be read anew while the old one signs on.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        name: str,
        *,
        on_failure: Callable[[FetchFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._name = name
        self._key = Refreshed(
            self._read,
            fresh_seconds=FRESH_SECONDS,
            retry_seconds=RETRY_SECONDS,
            on_failure=on_failure,
            clock=clock,
        )

    def current(self) -> SigningKey:
        """The key that signs.

        Raises:
            FetchFailed: it was never read, and could not be now.
        """
        return self._key.get()

    def _read(self) -> SigningKey:
        try:
            text = self._client.get_secret_value(SecretId=self._name)["SecretString"]
        except (BotoCoreError, ClientError) as error:
            raise FetchFailed(f"the edge's signing key cannot be read: {error}") from error
        key = _current_key(text)
        if key is None:
            # Nothing of the text itself, which may hold a private key.
            raise FetchFailed("the edge's signing key is not of the documented shape")
        return key


class SignedLinks:
    """Links that need no credentials and outlive the role's session.

    Args:
        keys: sign.
        address: of the edge, `https://` and a host, without a slash at the end.
        lifetime_seconds: how long each link works.
        now: the present moment.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        address: str,
        lifetime_seconds: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.lifetime_seconds = lifetime_seconds
        self._keys = keys
        self._address = address
        self._now = now

    def to(self, reference: ObjectReference) -> str:
        """A link to the object; the edge knows by the key's form which bucket it lies in.

        Raises:
            FetchFailed: there is no key to sign with at the moment.
        """
        until = self._now() + timedelta(seconds=self.lifetime_seconds)
        return signed(url_of(self._address, reference["key"]), self._keys.current(), until)


def url_of(address: str, key: str) -> str:
    """The address of an object at the edge: what is signed is what browsers send."""
    return f"{address}/{quote(key, safe='/')}"


def signed(url: str, key: SigningKey, until: datetime) -> str:
    """The URL with a canned policy's parameters.

    Args:
        url: encoded as it is sent.
        key: signs.
        until: when the link ends, to the second.
    """
    signer = CloudFrontSigner(key.id, key.sign)
    return str(signer.generate_presigned_url(url, date_less_than=until))


def _current_key(text: str) -> SigningKey | None:
    """The key that signs; None if anything about the document is wrong."""
    try:
        current = json.loads(text)["current"]
        key_id, pem = current["id"], current["private_key"]
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    if not (isinstance(key_id, str) and key_id and isinstance(private, rsa.RSAPrivateKey)):
        return None
    return SigningKey(key_id, private)
