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
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from scribe.adapters.kept_secret import KeptSecret

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from scribe.refreshed import FetchFailed


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
        self._key = KeptSecret(
            client,
            name,
            title="the edge's signing key",
            parse=_current_key,
            on_failure=on_failure,
            clock=clock,
        )

    def current(self) -> SigningKey:
        """The key that signs.

        Raises:
            FetchFailed: it was never read, and could not be now.
        """
        return self._key.get()


@dataclass(frozen=True)
class Link:
    """An address that needs no credentials, and the moment at which it ends."""

    url: str
    ends_at: datetime


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
        self._keys = keys
        self._address = address
        self._lifetime = timedelta(seconds=lifetime_seconds)
        self._now = now

    def to(self, key: str) -> Link:
        """A link to an object; the edge knows by its key's form which bucket it lies in.

        Nothing is asked of S3, not even whether the object exists.

        Raises:
            FetchFailed: there is no key to sign with at the moment.
        """
        # A signature names its end in whole seconds.
        ends_at = (self._now() + self._lifetime).replace(microsecond=0)
        url = url_of(self._address, key)
        return Link(signed(url, self._keys.current(), ends_at), ends_at)


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
    try:
        current = json.loads(text)["current"]
        key_id, pem = current["id"], current["private_key"]
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None
    if not (isinstance(key_id, str) and key_id and isinstance(private, rsa.RSAPrivateKey)):
        return None
    return SigningKey(key_id, private)
