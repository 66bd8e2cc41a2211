"""Which session tokens are let in: each row is one token and the rule that it breaks."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import session_tokens
from scribe.session_tokens import (
    LEEWAY_SECONDS,
    MAX_HEADER_LENGTH,
    MAX_LIFETIME_SECONDS,
    Session,
    SessionRefused,
)

from tests.unit import session_support as support
from tests.unit.forged_tokens import REFUSED
from tests.unit.session_support import ABSENT, CLAIMS, KEY_ID, NOW, POLICY, token

if TYPE_CHECKING:
    from collections.abc import Callable

ANA = Session("user_2abc", "sess_2xyz", "ana@example.com")


def judge(authorization: str, **policy: Any) -> Session:  # noqa: ANN401  # any member of the policy
    return support.verifier(dataclasses.replace(POLICY, **policy)).verify(authorization)


def refusal(authorization: str, **policy: Any) -> str:  # noqa: ANN401  # any member of the policy
    with pytest.raises(SessionRefused) as refused:
        judge(authorization, **policy)
    return refused.value.reason


GOOD: dict[str, Callable[[], str]] = {
    "as the provider makes it": token,
    "the last second of its life": lambda: token(exp=NOW + 1),
    "ended within the leeway": lambda: token(exp=NOW - LEEWAY_SECONDS + 1),
    "ended almost the leeway ago": lambda: token(exp=NOW - LEEWAY_SECONDS + 0.001),
    "begins within the leeway": lambda: token(nbf=NOW + LEEWAY_SECONDS),
    "issued within the leeway": lambda: token(iat=NOW + LEEWAY_SECONDS),
    "times with fractions": lambda: token(exp=NOW + 60.5, iat=NOW - 0.5, nbf=NOW - 0.5),
    "as long-lived as is allowed": lambda: token(exp=NOW + MAX_LIFETIME_SECONDS),
    "for another of the pages": lambda: token(azp="https://www.example.com"),
    "version 1, without a status": lambda: token(sts=ABSENT, v=ABSENT),
    "claims that nobody here knows": lambda: token(o={"id": "org_1"}, pla="u:free"),
    "without a type in the header": lambda: token(header={"typ": ABSENT}),
    "an e-mail that is verified": lambda: token(email_verified=True),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_token_is_a_session(make: Callable[[], str]) -> None:
    assert judge(f"Bearer {make()}") == ANA


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_is_written_as_rfc_9110_allows(scheme: str) -> None:
    assert judge(scheme + token()) == ANA


@pytest.mark.parametrize(
    "claims",
    [
        {"email": ABSENT},
        {"email": None},
        {"email": ""},
        {"email": ["ana@example.com"]},
        {"email": "ana@example.com\r\nBcc: all@example.com"},
        {"email": "ana@example.com, eve@example.com"},
        {"email": "Ana <ana@example.com>"},
        {"email": "ana"},
        {"email": "ana@example.com", "email_verified": False},
        {"email": "ana@example.com", "email_verified": "true"},
    ],
    ids=str,
)
def test_an_address_that_cannot_be_trusted_is_none(claims: dict[str, Any]) -> None:
    assert judge("Bearer " + token(**claims)) == dataclasses.replace(ANA, email="")


def test_a_token_of_no_page_is_good_where_the_deployer_says_so() -> None:
    assert judge("Bearer " + token(azp=ABSENT), authorized_party_required=False) == ANA


@pytest.mark.parametrize(("reason", "make"), REFUSED.values(), ids=REFUSED)
def test_a_bad_token_is_refused(reason: str, make: Callable[[], str]) -> None:
    assert refusal(f"Bearer {make()}") == reason


SCHEMES = {
    "none": "",
    "the token alone": "{token}",
    "another": "Basic {token}",
    "glued": "Bearer{token}",
    "a tab": "Bearer\t{token}",
    "a space before": " Bearer {token}",
    "twice": "Bearer Bearer {token}",
    "without a token": "Bearer",
    "without a token, with a space": "Bearer ",
}


@pytest.mark.parametrize("form", SCHEMES.values(), ids=SCHEMES)
def test_a_header_of_another_form_is_refused(form: str) -> None:
    assert refusal(form.format(token=token())) in {"scheme", "malformed"}


def test_a_header_is_measured_before_it_is_read() -> None:
    assert refusal("Bearer " + "." * MAX_HEADER_LENGTH) == "too_long"


def test_the_allow_list_of_nobody_lets_no_page_in() -> None:
    assert refusal("Bearer " + token(), authorized_parties=()) == "authorized_party"


@given(place=st.integers(0, 10**6), character=st.sampled_from("AZaz09-_.=% \n"))
def test_a_token_with_one_character_changed_is_refused(place: int, character: str) -> None:
    good = token()
    place %= len(good)
    changed = good[:place] + character + good[place + 1 :]
    if changed != good:
        refusal(f"Bearer {changed}")


@given(st.text())
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    refusal(text)
    refusal(f"Bearer {text}")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=3
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(CLAIMS, ANYTHING)))
def test_any_claims_are_a_session_or_refused(claims: dict[str, Any]) -> None:
    payload = json.dumps({**CLAIMS, **claims}).encode()
    try:
        session = session_tokens.session_of(payload, POLICY, NOW)
    except SessionRefused:
        return
    assert session.user_id == claims.get("sub", ANA.user_id)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "crit", "jwk", "typ"]), ANYTHING))
def test_any_header_names_a_key_or_is_refused(header: dict[str, Any]) -> None:
    with contextlib.suppress(SessionRefused):
        assert session_tokens.key_id({"alg": "RS256", "kid": KEY_ID, **header})
