"""Which session tokens are good, and whose they are; pure.

A token is that of Clerk, version 2: a compact JWS of the claims `azp, exp, iat, iss, nbf, sid,
sub, sts`, and of `email`, which the deployer adds to them. It has no `aud`. Its signature is
the business of `scribe.adapters.session_verifier`; every other rule stands here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from scribe import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM: Final = "RS256"
LEEWAY_SECONDS: Final = 5
"""How far this clock and the issuer's may be apart."""

MAX_LIFETIME_SECONDS: Final = 3600
"""A session token lives a minute. One that lives for long was made for something else."""

MAX_HEADER_LENGTH: Final = 4096
"""In characters. The provider keeps its tokens in cookies, which hold no more."""

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SESSION_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}")
_KEYS_OF_THEIR_OWN: Final = frozenset({"jwk", "jku", "x5c", "x5u"})
_LATEST_MOMENT: Final = 2**40
"""Seconds since 1970; comparing what lies below cannot overflow."""

Reason = Literal[
    "origin",  # not through the edge: its secret is missing or wrong
    "scheme",  # not `Bearer`
    "too_long",
    "malformed",  # no compact JWS, or claims that are no plain JSON object
    "algorithm",
    "header",  # a critical extension, or a key of the token's own
    "unknown_key",
    "signature",
    "issuer",
    "audience",  # made for somebody else
    "times",  # one is missing or no number
    "expired",
    "not_yet_valid",
    "issued_in_the_future",
    "lifetime",
    "authorized_party",
    "status",  # the session is not active
    "user",
    "session",
]


class SessionRefused(Exception):
    """The request belongs to no session; the reason is for operators, not for the caller."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Final = reason


@dataclass(frozen=True)
class Session:
    """Who makes a request.

    Attributes:
        user_id: the claim `sub`.
        session_id: the claim `sid`.
        email: where the user is told; empty where the token has no address, or says itself
            that the address is not verified.
    """

    user_id: str
    session_id: str
    email: str


@dataclass(frozen=True)
class SessionPolicy:
    """Whose tokens are good.

    Attributes:
        issuer: the claim `iss`, to the letter.
        authorized_parties: the origins of the pages that may ask for tokens, as in `azp`.
        authorized_party_required: whether a token without `azp` is refused. The provider
            leaves it out for clients without an origin, which are not browsers.
    """

    issuer: str
    authorized_parties: tuple[str, ...]
    authorized_party_required: bool


def bearer_token(authorization: str) -> str:
    """The token in the value of an Authorization header (RFC 6750).

    Raises:
        SessionRefused: scheme, too_long or malformed.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise SessionRefused("scheme")
    if len(authorization) > MAX_HEADER_LENGTH:
        raise SessionRefused("too_long")
    token = token.strip(" ")
    if not _COMPACT.fullmatch(token):
        raise SessionRefused("malformed")
    return token


def key_id(header: Mapping[str, object]) -> str:
    """The name of the issuer's key that a token's header gives.

    Nothing else is taken from the header: neither a key nor where to find one.

    Raises:
        SessionRefused: algorithm, header or unknown_key.
    """
    if header.get("alg") != ALGORITHM:
        raise SessionRefused("algorithm")
    if "crit" in header or "b64" in header or not _KEYS_OF_THEIR_OWN.isdisjoint(header):
        raise SessionRefused("header")
    name = header.get("kid")
    if not isinstance(name, str) or not name:
        raise SessionRefused("unknown_key")
    return name


def session_of(payload: bytes, policy: SessionPolicy, now: float) -> Session:
    """The session that a token's signed claims speak of.

    Args:
        payload: the claims as JSON, their signature found good.
        policy: whose tokens are good.
        now: seconds since 1970.

    Raises:
        SessionRefused: names the first rule that the claims break.
    """
    claims = _claims(payload)
    if claims.get("iss") != policy.issuer:
        raise SessionRefused("issuer")
    if "aud" in claims:
        raise SessionRefused("audience")
    _check_times(claims, now)
    _check_authorized_party(claims, policy)
    if claims.get("sts", "active") != "active":
        raise SessionRefused("status")
    return Session(
        user_id=_user_id(claims),
        session_id=_session_id(claims),
        email=_email(claims),
    )


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(
            payload.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as error:
        raise SessionRefused("malformed") from error
    if not isinstance(claims, dict):
        raise SessionRefused("malformed")
    return claims


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    issued, begins, ends = (_seconds(claims, name) for name in ("iat", "nbf", "exp"))
    if now >= ends + LEEWAY_SECONDS:
        raise SessionRefused("expired")
    if now < begins - LEEWAY_SECONDS:
        raise SessionRefused("not_yet_valid")
    if now < issued - LEEWAY_SECONDS:
        raise SessionRefused("issued_in_the_future")
    if ends - issued > MAX_LIFETIME_SECONDS:
        raise SessionRefused("lifetime")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SessionRefused("times")
    if not 0 <= value < _LATEST_MOMENT:
        raise SessionRefused("times")
    return value


def _check_authorized_party(claims: Mapping[str, Any], policy: SessionPolicy) -> None:
    if "azp" not in claims:
        if policy.authorized_party_required:
            raise SessionRefused("authorized_party")
    elif claims["azp"] not in policy.authorized_parties:
        raise SessionRefused("authorized_party")


def _user_id(claims: Mapping[str, Any]) -> str:
    # It becomes a part of S3 keys, where another shape could reach another user's.
    subject = claims.get("sub")
    if not isinstance(subject, str) or not keys.is_user_id(subject):
        raise SessionRefused("user")
    return subject


def _session_id(claims: Mapping[str, Any]) -> str:
    session = claims.get("sid")
    if not isinstance(session, str) or not _SESSION_ID.fullmatch(session):
        raise SessionRefused("session")
    return session


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if claims.get("email_verified", True) is not True:
        return ""
    return email if isinstance(email, str) and _EMAIL.fullmatch(email) else ""
