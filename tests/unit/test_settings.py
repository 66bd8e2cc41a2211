"""The environment, read once and by name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from scribe import settings
from scribe.settings import AssembleTranscriptSettings, SettingInvalid


@dataclass(frozen=True)
class Example:
    bucket: str
    limit: int
    price: float
    languages: tuple[str, ...]
    note: str = "none"


ENVIRONMENT = {"BUCKET": "b", "LIMIT": "3", "PRICE": "0.8", "LANGUAGES": "en, es"}


def test_fields_are_read_from_variables_of_their_name_in_capitals() -> None:
    assert settings.read(Example, ENVIRONMENT) == Example("b", 3, 0.8, ("en", "es"))


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
