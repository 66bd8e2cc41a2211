"""What speaks against a decoded text: recorded outputs, and laws of each gate."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker import models, plain
from worker.evidence import Evidence
from worker.gates import Gates
from worker.phantoms import is_phantom
from worker.repetition import is_loop
from worker.settings import BESIDE_THE_PACKAGE

OUTPUTS = tomllib.loads(Path(__file__).with_name("recorded_outputs.toml").read_text("utf-8"))[
    "output"
]

GOOD = Evidence(
    text="We will meet again on Tuesday.",
    token_count=8,
    token_limit=224,
    mean_log_probability=-0.2,
    no_speech_probability=0.05,
    language="en",
)

words = st.lists(st.sampled_from(["no", "yes", "we", "went", "there", "again"]), min_size=1)


def evidence(output: dict[str, Any]) -> Evidence:
    return Evidence(
        text=output["text"] * output.get("repeat", 1),
        token_count=output.get("tokens", 12),
        token_limit=output.get("limit", 224),
        mean_log_probability=output.get("log_probability", -0.2),
        no_speech_probability=output.get("no_speech", 0.05),
        language="en",
    )


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: str(output["name"]))
def test_a_recorded_output_is_judged_as_it_should_be(output: dict[str, Any]) -> None:
    failures = Gates().failures(
        evidence(output), output.get("speech_seconds", 3.0), output.get("hot_words", ())
    )
    assert list(failures) == output["fails"]


def test_whispers_own_two_thresholds_only_count_together() -> None:
    unlikely = replace(GOOD, mean_log_probability=-1.1)
    silent = replace(GOOD, no_speech_probability=0.7)
    both = replace(unlikely, no_speech_probability=0.7)
    assert Gates().failures(unlikely, 3.0) == ("low_probability",)
    assert Gates().failures(silent, 3.0) == ()
    assert Gates().failures(both, 3.0) == ("no_speech",)


def test_a_model_whose_no_speech_probability_was_measured_may_be_believed_alone() -> None:
    certain = replace(GOOD, no_speech_probability=0.99)
    assert Gates().failures(certain, 3.0) == ()
    assert Gates(certain_no_speech_probability=0.9).failures(certain, 3.0) == ("no_speech",)


def test_only_a_far_too_unlikely_text_is_hopeless() -> None:
    assert not Gates().is_hopeless(replace(GOOD, mean_log_probability=-1.9))
    assert Gates().is_hopeless(replace(GOOD, mean_log_probability=-2.1))


def test_an_invented_phrase_needs_a_second_sign_and_each_one_is_enough() -> None:
    thanks = replace(GOOD, text="Thank you for watching.")
    assert Gates().failures(thanks, 1.5) == ()
    assert Gates().failures(replace(thanks, no_speech_probability=0.4), 1.5) == ("phantom",)
    assert Gates().failures(replace(thanks, mean_log_probability=-0.6), 1.5) == ("phantom",)
    assert Gates().failures(thanks, 4.5) == ("phantom",)


@pytest.mark.parametrize(
    "text", ["THANKS FOR WATCHING", "gracias por ver el vídeo", " Thank you.  Thank you! "]
)
def test_an_invented_phrase_is_known_in_any_spelling(text: str) -> None:
    assert is_phantom(text)


@pytest.mark.parametrize("text", ["", "Thank you all", "watching", "you and you", "Thankyou"])
def test_other_texts_are_no_invented_phrase(text: str) -> None:
    assert not is_phantom(text)


@given(words, st.integers(1, 8), st.integers(3, 12))
def test_a_phrase_said_often_enough_is_a_loop_wherever_it_began(
    before: list[str], length: int, times: int
) -> None:
    phrase = [f"word{place}" for place in range(length)]
    looped = phrase * times
    assert is_loop([*before, *looped], 8, 3) == (length * times >= 8)
    assert is_loop([*before, *looped, *phrase[:-1]], 8, 3) or length * times < 8


@given(st.lists(st.integers(), unique=True))
def test_words_that_never_come_again_are_no_loop(numbers: list[int]) -> None:
    assert not is_loop([str(number) for number in numbers], 8, 3)


@given(words)
def test_a_loop_in_the_middle_of_a_long_text_is_none_when_the_speaker_goes_on(
    middle: list[str],
) -> None:
    after = [f"word{place}" for place in range(100)]
    assert not is_loop([*middle[:20], *["no"] * 20, *after], 8, 3)


def test_a_repeat_that_people_do_say_fails_whole_and_passes_in_halves() -> None:
    """A decoder's own loop goes on in each half."""
    assert is_loop(plain.words("Thank you. " * 5), 8, 3)
    assert not is_loop(plain.words("Thank you. " * 3), 8, 3)


@given(st.text(), st.floats(-5, 0), st.floats(0, 1), st.floats(0.1, 30))
def test_any_output_is_judged_without_an_error_and_the_gravest_comes_first(
    text: str, log_probability: float, no_speech: float, seconds: float
) -> None:
    order = [
        "no_speech",
        "repetition",
        "phantom",
        "vocabulary_only",
        "low_probability",
        "token_limit",
        "sparse",
    ]
    judged = replace(
        GOOD, text=text, mean_log_probability=log_probability, no_speech_probability=no_speech
    )
    failures = Gates().failures(judged, seconds, ["some", "words"])
    assert list(failures) == sorted(failures, key=order.index)
    assert failures or plain.words(text)


def test_each_model_may_set_its_own_thresholds() -> None:
    catalogue = models.load(Path(BESIDE_THE_PACKAGE))
    document = {
        "models": {
            "own": {
                **tomllib.loads(Path(BESIDE_THE_PACKAGE).read_text("utf-8"))["models"]["custom"],
                "aligners": {},
                "gates": {"log_probability": -0.7},
            }
        }
    }
    own = models.parse(document).model("own").gates
    assert own == replace(catalogue.model("custom").gates, log_probability=-0.7)


def test_a_threshold_that_no_gate_has_is_named() -> None:
    custom = tomllib.loads(Path(BESIDE_THE_PACKAGE).read_text("utf-8"))["models"]["custom"]
    document = {"models": {"own": {**custom, "aligners": {}, "gates": {"log_probabilty": -0.7}}}}
    with pytest.raises(models.CatalogueInvalid, match="log_probabilty"):
        models.parse(document)
