"""Whether the issuer publishes keys, and whether a token of it would be let in, with an address."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlsplit

from scribe.adapters import issuer_keys
from scribe.adapters.issuer_keys import IssuerKeys
from scribe.adapters.session_verifier import SessionVerifier
from scribe.refreshed import FetchFailed
from scribe.session_tokens import SessionPolicy, SessionRefused

from commands.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commands.doctor.findings import Subject

NO_KEY: Final = ""
"""An id that no key has: asking for it fetches the issuer's key set."""

_ADD_EMAIL: Final = (
    "In Clerk's dashboard under Sessions, customise the session token: "
    '{"email": "{{user.primary_email_address}}"}. Without it nobody is told of a transcript.'
)
_HOW_TO_SIGN_IN: Final = (
    "While signed in, run `await Clerk.session.getToken()` in the browser's console and hand "
    "the result over at once: --token TOKEN."
)
_ADVICE: Final[Mapping[str, str]] = {
    "expired": f"A token lives for a minute. {_HOW_TO_SIGN_IN}",
    "issuer": "sessionIssuer must be the token's `iss` to the letter: the Frontend API address.",
    "authorized_party": "Add the token's `azp`, the page's origin, to authorizedParties.",
    "unknown_key": "The token is of another Clerk instance than sessionIssuer.",
    "signature": "The token was changed on its way here. Copy it again, whole.",
    "malformed": "This is no session token. Copy it again, whole.",
    "lifetime": "This is not a session token but one of a template. Take getToken() without one.",
    "audience": "This is not a session token but one of a template. Take getToken() without one.",
    "session": "The session token needs the claim `sid`: remove what overrides it in Clerk.",
    "not_yet_valid": "This machine's clock is slow. Set it, and try again.",
    "issued_in_the_future": "This machine's clock is slow. Set it, and try again.",
}


def issuer(subject: Subject) -> Iterator[Finding]:
    """Whether the issuer is an address, and publishes keys that the authorizer can use."""
    address = subject.parameters["sessionIssuer"]
    place = urlsplit(address)
    # As tokens' `iss`, to the letter.
    if place.scheme not in {"https", "http"} or not place.hostname or address.endswith("/"):
        yield Finding(
            "sessionIssuer",
            "problem",
            f"{address} is no address as tokens' `iss` has it",
            "Copy the Frontend API URL of the Clerk dashboard (API keys), without a slash at "
            "the end.",
        )
        return
    try:
        _keys(address).get(NO_KEY)
    except FetchFailed as error:
        yield Finding(
            "sessionIssuer",
            "problem",
            f"its keys cannot be had: {error}",
            f"Open {issuer_keys.url_of(address)}: it must show RS256 keys, and does where the "
            "address is that of the Clerk instance.",
        )
        return
    yield Finding("sessionIssuer", "ok", f"{address} publishes RS256 keys")


def email_claim(subject: Subject) -> Iterator[Finding]:
    """Whether a token would be let in and says where its owner is told."""
    if subject.token is None:
        yield Finding(
            "session token",
            "unknown",
            "whether tokens carry `email` shows only in one of them",
            f"{_HOW_TO_SIGN_IN} To add the claim: {_ADD_EMAIL}",
        )
        return
    parameters = subject.parameters
    policy = SessionPolicy(
        parameters["sessionIssuer"],
        tuple(subject.values("authorizedParties")),
        authorized_party_required=parameters["authorizedPartyRequired"] == "true",
    )
    verifier = SessionVerifier(_keys(parameters["sessionIssuer"]), policy)
    try:
        session = verifier.verify(f"Bearer {subject.token}")
    except SessionRefused as refused:
        yield Finding(
            "session token",
            "problem",
            f"the authorizer would refuse it: {refused.reason}",
            _ADVICE.get(refused.reason, "docs/authentication.md says what a token must hold."),
        )
        return
    except FetchFailed:
        return  # said of the issuer already
    if session.email:
        yield Finding("session token", "ok", f"is let in and tells {session.email}")
    else:
        yield Finding(
            "session token", "problem", "is let in, without an `email` that is verified", _ADD_EMAIL
        )


def _keys(address: str) -> IssuerKeys:
    fetch = functools.partial(issuer_keys.download, issuer_keys.url_of(address))
    return IssuerKeys(fetch, on_failure=_nothing_is_older)


def _nothing_is_older(failure: FetchFailed) -> NoReturn:
    """Keys are fetched once here: none is kept that could outlive a failure."""
    raise failure
