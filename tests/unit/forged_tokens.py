"""Tokens that must not be let in, each with the rule that it breaks."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from scribe.session_tokens import LEEWAY_SECONDS, MAX_HEADER_LENGTH, MAX_LIFETIME_SECONDS

from tests.unit import session_support as support
from tests.unit.session_support import ABSENT, CLAIMS, ISSUER, NOW, PARTY, token

if TYPE_CHECKING:
    from collections.abc import Callable


def body_changed() -> str:
    header, _, signature = token().split(".")
    return f"{header}.{support.encode_claims(sub='user_other')}.{signature}"


def header_changed() -> str:
    _, payload, signature = token().split(".")
    return f"{support.encoded(json.dumps(support.HEADER).encode() + b' ')}.{payload}.{signature}"


def with_payload(text: str) -> str:
    return token(payload=text.encode())


def claims_and(text: str) -> str:
    """Claims that Python would not write, behind the good ones."""
    return with_payload(json.dumps(CLAIMS)[:-1] + f", {text}}}")


def with_number(name: str, number: str) -> str:
    """A claim whose number Python would not write."""
    text = json.dumps({**CLAIMS, name: "NUMBER"}).replace('"NUMBER"', number)
    return with_payload(text)


def unsigned(algorithm: str) -> Callable[[], str]:
    return lambda: token(header={"alg": algorithm}, sign=lambda _message: b"none")


REFUSED: dict[str, tuple[str, Callable[[], str]]] = {
    # The algorithm is never the token's to choose.
    "unsigned": ("malformed", lambda: token(header={"alg": "none"}, sign=lambda _message: b"")),
    "alg none": ("algorithm", unsigned("none")),
    "alg nOnE": ("algorithm", unsigned("nOnE")),
    "alg in lower case": ("algorithm", lambda: token(header={"alg": "rs256"})),
    "no alg": ("algorithm", lambda: token(header={"alg": ABSENT})),
    "alg as a list": ("algorithm", lambda: token(header={"alg": ["RS256"]})),
    "HS256 with the public key as secret": (
        "algorithm",
        lambda: token(header={"alg": "HS256"}, sign=support.hs256_with_the_public_key),
    ),
    "HS256 that says RS256": (
        "signature",
        lambda: token(sign=support.hs256_with_the_public_key),
    ),
    "ES256": ("algorithm", lambda: token(header={"alg": "ES256"}, sign=support.es256)),
    "ES256 that says RS256": ("signature", lambda: token(sign=support.es256)),
    "PS256": ("algorithm", lambda: token(header={"alg": "PS256"}, sign=support.ps256)),
    "PS256 that says RS256": ("signature", lambda: token(sign=support.ps256)),
    "RS512": ("algorithm", lambda: token(header={"alg": "RS512"}, sign=support.rs512)),
    # Whose key.
    "no kid": ("unknown_key", lambda: token(header={"kid": ABSENT})),
    "empty kid": ("unknown_key", lambda: token(header={"kid": ""})),
    "kid as a number": ("malformed", lambda: token(header={"kid": 1})),
    "kid of nobody": ("unknown_key", lambda: token(header={"kid": "ins_other"})),
    "kid as a path": ("unknown_key", lambda: token(header={"kid": "../../dev/null"})),
    "key of another issuer": ("signature", lambda: token(sign=support.rs256_of_another)),
    "its own key": (
        "header",
        lambda: token(header={"jwk": support.jwk("another's")}, sign=support.rs256_of_another),
    ),
    "the address of its own keys": (
        "header",
        lambda: token(header={"jku": "https://evil.example/keys"}),
    ),
    "the address of its own certificate": (
        "header",
        lambda: token(header={"x5u": "https://evil.example/certificate"}),
    ),
    "its own certificate": ("header", lambda: token(header={"x5c": ["MIIB"]})),
    "an unknown critical extension": (
        "malformed",
        lambda: token(header={"crit": ["exp2"], "exp2": 1}),
    ),
    "a known critical extension": (
        "header",
        lambda: token(header={"crit": ["b64"], "b64": True}),
    ),
    # What was signed is what is read.
    "a changed body": ("signature", body_changed),
    "a changed header": ("signature", header_changed),
    "no signature at all": ("malformed", lambda: token().rpartition(".")[0]),
    "an empty signature": ("malformed", lambda: token().rpartition(".")[0] + "."),
    "a short signature": ("signature", lambda: token(sign=lambda m: support.rs256(m)[:-1])),
    "the signature of something else": (
        "signature",
        lambda: token(sign=lambda _message: support.rs256(b"")),
    ),
    # A compact JWS, and nothing like one.
    "four parts": ("malformed", lambda: token() + ".e30"),
    "one part": ("malformed", lambda: "token"),
    "nothing": ("malformed", lambda: ""),
    "base64 of the other alphabet": ("malformed", lambda: token() + "+/"),
    "base64 with padding": ("malformed", lambda: token() + "="),
    "base64 of an impossible length": ("malformed", lambda: "e." + token().partition(".")[2]),
    "a header that is no JSON": ("malformed", lambda: token(header=b"{")),
    "a header that is no object": ("malformed", lambda: token(header=b'["RS256"]')),
    "a header of nothing but depth": ("malformed", lambda: token(header=b"[" * 2500)),
    "a space inside": ("malformed", lambda: token().replace(".", ". ", 1)),
    "a line break inside": ("malformed", lambda: token() + "\n"),
    "two tokens": ("malformed", lambda: f"{token()},{token()}"),
    "more than fits a header": ("too_long", lambda: token(note="x" * MAX_HEADER_LENGTH)),
    # The claims are one plain JSON object.
    "claims that are a list": ("malformed", lambda: with_payload(json.dumps([CLAIMS]))),
    "claims that are a text": ("malformed", lambda: with_payload('"user_2abc"')),
    "claims that are null": ("malformed", lambda: with_payload("null")),
    "claims that are no JSON": ("malformed", lambda: with_payload("user_2abc")),
    "claims that are not UTF-8": ("malformed", lambda: token(payload=b'{"sub": "\xff"}')),
    "claims in UTF-16": (
        "malformed",
        lambda: token(payload=json.dumps(CLAIMS).encode("utf-16")),
    ),
    "claims of nothing but depth": ("malformed", lambda: with_payload("[" * 2500)),
    "a claim that stands twice": ("malformed", lambda: claims_and('"sub": "user_other"')),
    "a number that is none": ("malformed", lambda: token(exp=math.nan)),
    "a number without an end": ("malformed", lambda: token(exp=math.inf)),
    # Who made it, for whom.
    "another issuer": ("issuer", lambda: token(iss="https://clerk.example.net")),
    "an issuer with a slash behind": ("issuer", lambda: token(iss=f"{ISSUER}/")),
    "an issuer that begins alike": ("issuer", lambda: token(iss=f"{ISSUER}.evil.example")),
    "an issuer that is a part": ("issuer", lambda: token(iss=ISSUER[:-1])),
    "an issuer in other letters": ("issuer", lambda: token(iss=ISSUER.upper())),
    "an issuer in a list": ("issuer", lambda: token(iss=[ISSUER])),
    "no issuer": ("issuer", lambda: token(iss=ABSENT)),
    "for another service": ("audience", lambda: token(aud="another-service")),
    "for no service": ("audience", lambda: token(aud=None)),
    # When.
    "expired": ("expired", lambda: token(exp=NOW - 60, iat=NOW - 120)),
    "expired by the leeway": ("expired", lambda: token(exp=NOW - LEEWAY_SECONDS)),
    "never expires": ("times", lambda: token(exp=ABSENT)),
    "not yet valid": ("not_yet_valid", lambda: token(nbf=NOW + LEEWAY_SECONDS + 1)),
    "valid from no moment": ("times", lambda: token(nbf=ABSENT)),
    "issued in the future": (
        "issued_in_the_future",
        lambda: token(iat=NOW + LEEWAY_SECONDS + 1),
    ),
    "issued at no moment": ("times", lambda: token(iat=ABSENT)),
    "valid for years": ("lifetime", lambda: token(exp=NOW + MAX_LIFETIME_SECONDS + 1)),
    "valid for ever": ("times", lambda: token(exp=10**30)),
    "expires at infinity": ("times", lambda: with_number("exp", "1e999")),
    "expires at a number of 5,000 digits": (
        "too_long",
        lambda: with_number("exp", "9" * 5000),
    ),
    "expires before 1970": ("times", lambda: token(exp=-1)),
    "times as texts": ("times", lambda: token(exp=str(NOW + 60))),
    "times as truths": ("times", lambda: token(nbf=True)),
    "times as null": ("times", lambda: token(iat=None)),
    # For which page, in which state.
    "for a page of others": ("authorized_party", lambda: token(azp="https://evil.example")),
    "for a page that begins alike": (
        "authorized_party",
        lambda: token(azp=f"{PARTY}.evil.example"),
    ),
    "for no page": ("authorized_party", lambda: token(azp=ABSENT)),
    "for an empty page": ("authorized_party", lambda: token(azp="")),
    "for the null page": ("authorized_party", lambda: token(azp=None)),
    "for a list of pages": ("authorized_party", lambda: token(azp=[PARTY])),
    "a pending session": ("status", lambda: token(sts="pending")),
    "a session of no status": ("status", lambda: token(sts=None)),
    # Whose.
    "no user": ("user", lambda: token(sub=ABSENT)),
    "an empty user": ("user", lambda: token(sub="")),
    "a user as a number": ("user", lambda: token(sub=7)),
    "a user that climbs": ("user", lambda: token(sub="../user_other")),
    "a user with a part of a key": ("user", lambda: token(sub="user_other/01J")),
    "a user too long for a key": ("user", lambda: token(sub="u" * 129)),
    "a user in other letters": ("user", lambda: token(sub="usér_2abc")),
    "a user in digits of another script": ("user", lambda: token(sub="user_２")),
    "a user and a line break": ("user", lambda: token(sub="user_2abc\n")),
    "the inbox": ("user", lambda: token(sub="inbox")),
    "no session": ("session", lambda: token(sid=ABSENT)),
    "an empty session": ("session", lambda: token(sid="")),
    "a session as a list": ("session", lambda: token(sid=["sess_2xyz"])),
    "a session with a line break": ("session", lambda: token(sid="sess_2xyz\n")),
}
