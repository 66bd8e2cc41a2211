"""The choice of a language among those that are configured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe.errors import LanguageUnsupported
from scribe.language import choose, of_window

PROBABILITIES = st.dictionaries(st.sampled_from(["en", "es", "fr", "pt"]), st.floats(0, 1)).map(
    lambda window: {code: p / max(1.0, sum(window.values())) for code, p in window.items()}
)


@given(st.lists(PROBABILITIES, min_size=1))
def test_the_choice_is_configured_or_the_language_is_unsupported(
    windows: list[dict[str, float]],
) -> None:
    mass = sum(window.get(code, 0) for window in windows for code in ("en", "es")) / len(windows)
    try:
        heard = choose(windows, ("en", "es"))
    except LanguageUnsupported:
        assert mass < 0.5 + 1e-9
        return
    assert mass >= 0.5 - 1e-9
    assert heard.probability is not None
    assert heard.probability >= max(heard.probabilities.get(code, 0.0) for code in ("en", "es"))


@given(st.lists(PROBABILITIES, min_size=1), st.randoms())
def test_the_order_of_the_windows_does_not_matter(
    windows: list[dict[str, float]],
    random: object,
) -> None:
    def outcome(order: list[dict[str, float]]) -> str:
        try:
            return choose(order, ("en", "es")).language
        except LanguageUnsupported:
            return "unsupported"

    shuffled = sorted(windows, key=lambda _: random.random())  # type: ignore[attr-defined]  # hypothesis's Random
    totals = [sum(window.get(code, 0.0) for window in windows) for code in ("en", "es")]
    if abs(totals[0] - totals[1]) > 1e-6 and abs(sum(totals) / len(windows) - 0.5) > 1e-6:
        assert outcome(shuffled) == outcome(windows)


def test_windows_are_averaged_not_counted() -> None:
    windows = [{"en": 0.4, "es": 0.6}, {"en": 0.4, "es": 0.6}, {"en": 1.0}]
    assert choose(windows, ("en", "es")).language == "en"


def test_a_tie_goes_to_the_language_that_is_configured_first() -> None:
    assert choose([{"en": 0.5, "es": 0.5}], ("en", "es")).language == "en"
    assert choose([{"en": 0.5, "es": 0.5}], ("es", "en")).language == "es"


def test_silence_has_the_first_language_and_no_probability() -> None:
    heard = choose([], ("es", "en"))
    assert (heard.language, heard.probability) == ("es", None)


def test_another_language_is_named() -> None:
    with pytest.raises(LanguageUnsupported, match=r"heard fr with probability 0\.90"):
        choose([{"fr": 0.9, "en": 0.1}], ("en", "es"))


def test_a_clear_window_overrules_the_language_of_the_file() -> None:
    assert of_window({"es": 0.9}, "en", ("en", "es")) == "es"
    assert of_window({"es": 0.7, "en": 0.1}, "en", ("en", "es")) == "en"
    assert of_window({"fr": 0.99}, "en", ("en", "es")) == "en"
