"""The environment, read once and by name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from scribe import settings
from scribe.settings import AssembleTranscriptSettings, AuthorizerSettings, SettingInvalid


@dataclass(frozen=True)
class Example:
    bucket: str
    limit: int
    price: float
    languages: tuple[str, ...]
    strict: bool
    note: str = "none"


ENVIRONMENT = {"BUCKET": "b", "LIMIT": "3", "PRICE": "0.8", "LANGUAGES": "en, es", "STRICT": "true"}


def test_fields_are_read_from_variables_of_their_name_in_capitals() -> None:
    assert settings.read(Example, ENVIRONMENT) == Example("b", 3, 0.8, ("en", "es"), strict=True)


def test_an_optional_field_is_read_where_it_is_set() -> None:
    assert settings.read(Example, {**ENVIRONMENT, "NOTE": "here"}).note == "here"


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_missing_or_empty_variable_is_named(name: str, empty: str | None) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    if empty is not None:
        environment[name] = empty

    with pytest.raises(SettingInvalid, match=f"{name} is not set"):
        settings.read(Example, environment)


def test_an_unreadable_variable_is_named_with_what_was_expected() -> None:
    with pytest.raises(SettingInvalid, match="LIMIT is no int: 'many'"):
        settings.read(Example, {**ENVIRONMENT, "LIMIT": "many"})


def test_a_bool_is_one_of_two_words() -> None:
    assert settings.read(Example, {**ENVIRONMENT, "STRICT": "false"}).strict is False


@pytest.mark.parametrize("text", ["yes", "True", "0"])
def test_another_word_is_no_bool(text: str) -> None:
    environment = {**ENVIRONMENT, "STRICT": text}
    with pytest.raises(SettingInvalid, match=f"STRICT is no bool: '{text}'"):
        settings.read(Example, environment)


def test_the_settings_of_a_function_are_read_whole() -> None:
    read = settings.read(
        AssembleTranscriptSettings,
        {
            "WORK_BUCKET": "work",
            "TRANSCRIPTS_BUCKET": "transcripts",
            "WORKER_PRICE_USD_PER_HOUR": "0.4",
        },
    )

    assert read == AssembleTranscriptSettings("work", "transcripts", 0.4)


def issued_by(issuer: str, *, stage: str) -> AuthorizerSettings:
    environment = {
        "STAGE": stage,
        "SESSION_ISSUER": issuer,
        "AUTHORIZED_PARTIES": "https://app.example.com",
        "AUTHORIZED_PARTY_REQUIRED": "true",
        "ORIGIN_SECRET": "transcription/prod/edge/origin-secret",
    }
    return settings.read(AuthorizerSettings, environment)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://clerk.example.com",
        "https://able-fox-12.clerk.accounts.dev",
        "https://app.example.com/__clerk",
        "https://localhost.example.com",
    ],
)
def test_an_issuer_is_an_https_address_of_a_public_name(issuer: str) -> None:
    assert issued_by(issuer, stage="dev").session_issuer == issuer


@pytest.mark.parametrize("stage", ["dev", "prod", "Local", "local2"])
@pytest.mark.parametrize(
    "issuer",
    [
        "http://clerk.example.com",
        "http://127.0.0.1:8000",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f.0.0.1",
        "https://0.0.0.0",
        "https://[::1]",
        "https://localhost",
        "https://localhost.",
        "https://auth.localhost",
        "https://auth.localhost:8000",
        "https://clerk.example.com@127.0.0.1",
        "https://clerk.example.com/",
        "https://clerk.example.com?x",
        "clerk.example.com",
    ],
)
def test_only_the_local_stage_trusts_another_issuer(issuer: str, stage: str) -> None:
    with pytest.raises(SettingInvalid, match="SESSION_ISSUER"):
        issued_by(issuer, stage=stage)
    assert issued_by(issuer, stage="local").session_issuer == issuer
