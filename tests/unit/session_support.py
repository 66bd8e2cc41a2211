"""Session tokens of every kind, made by hand: libraries refuse to make the bad ones."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwt.algorithms import RSAAlgorithm
from scribe.adapters.issuer_keys import IssuerKeys
from scribe.adapters.session_verifier import SessionVerifier
from scribe.session_tokens import SessionPolicy

NOW = 1_800_000_000
ISSUER = "https://clerk.example.com"
PARTY = "https://app.example.com"
KEY_ID = "ins_2abc"
ISSUER_KEY = "the issuer's"
POLICY = SessionPolicy(ISSUER, (PARTY, "https://www.example.com"), authorized_party_required=True)

CLAIMS: dict[str, Any] = {
    "azp": PARTY,
    "email": "ana@example.com",
    "exp": NOW + 60,
    "fva": [0, -1],
    "iat": NOW,
    "iss": ISSUER,
    "jti": "0123456789",
    "nbf": NOW - 10,
    "sid": "sess_2xyz",
    "sts": "active",
    "sub": "user_2abc",
    "v": 2,
}
HEADER: dict[str, Any] = {"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": KEY_ID, "typ": "JWT"}


class _Absent:
    def __repr__(self) -> str:  # also in a test's name, which must be the same in every process
        return "absent"


ABSENT = _Absent()
"""A claim, or a member of the header, that is left out."""

Sign = Callable[[bytes], bytes]


@functools.cache
def key(name: str) -> rsa.RSAPrivateKey:
    """One key pair for each name."""
    return rsa.generate_private_key(65537, 1024 if "short" in name else 2048)


def rs256(message: bytes) -> bytes:
    return key(ISSUER_KEY).sign(message, padding.PKCS1v15(), hashes.SHA256())


def rs256_of_another(message: bytes) -> bytes:
    return key("another's").sign(message, padding.PKCS1v15(), hashes.SHA256())


def rs512(message: bytes) -> bytes:
    return key(ISSUER_KEY).sign(message, padding.PKCS1v15(), hashes.SHA512())


def ps256(message: bytes) -> bytes:
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
    return key(ISSUER_KEY).sign(message, salted, hashes.SHA256())


def es256(message: bytes) -> bytes:
    signature = ec.generate_private_key(ec.SECP256R1()).sign(message, ec.ECDSA(hashes.SHA256()))
    return b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(signature))


def hs256_with_the_public_key(message: bytes) -> bytes:
    """What an implementation accepts that takes the algorithm from the token."""
    pem = (
        key(ISSUER_KEY)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return hmac.digest(pem, message, hashlib.sha256)


def token(
    *,
    header: dict[str, Any] | bytes | None = None,
    sign: Sign = rs256,
    payload: bytes | None = None,
    **claims: Any,  # noqa: ANN401  # a claim may be anything
) -> str:
    """A signed token.

    Args:
        header: what differs from HEADER, or the whole of it as bytes.
        sign: makes the signature.
        payload: in the place of the claims.
        claims: what differs from CLAIMS.
    """
    if not isinstance(header, bytes):
        header = json.dumps(_changed(HEADER, header or {})).encode()
    if payload is None:
        payload = json.dumps(_changed(CLAIMS, claims)).encode()
    message = f"{encoded(header)}.{encoded(payload)}"
    return f"{message}.{encoded(sign(message.encode()))}"


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def encode_claims(**claims: Any) -> str:  # noqa: ANN401  # a claim may be anything
    """The middle part of a token."""
    return encoded(json.dumps(_changed(CLAIMS, claims)).encode())


def _changed(whole: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**whole, **changes}.items() if value is not ABSENT}


def jwk(name: str = ISSUER_KEY, **changes: object) -> dict[str, Any]:
    """A key as the issuer publishes it."""
    numbers = RSAAlgorithm.to_jwk(key(name).public_key(), as_dict=True)
    published = {"kid": KEY_ID, "use": "sig", "alg": "RS256"}
    kept = {member: numbers[member] for member in ("kty", "n", "e")}
    return _changed({**kept, **published}, changes)


def key_set(*keys: object) -> bytes:
    return json.dumps({"keys": keys or [jwk()]}).encode()


def unexpected(failure: Exception) -> None:
    raise AssertionError(failure)


def verifier(policy: SessionPolicy = POLICY, *, now: float = NOW) -> SessionVerifier:
    """One that knows the issuer's key."""
    keys = IssuerKeys(key_set, on_failure=unexpected, clock=lambda: 0.0)
    return SessionVerifier(keys, policy, clock=lambda: now)
