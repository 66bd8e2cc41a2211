"""docs/models.md says what published.toml and models.toml say, and computes the rest."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.models import load

from bench.quality import models_page
from bench.quality.models_page import PAGE, cost_per_audio_hour, render

PUBLISHED: dict[str, Any] = tomllib.loads(models_page._PUBLISHED.read_text("utf-8"))


def test_the_page_is_the_one_that_the_data_make() -> None:
    assert PAGE.read_text("utf-8") == render(), "write it again: npm run quality"


def test_an_hour_of_audio_costs_less_on_a_faster_or_busier_machine() -> None:
    assert cost_per_audio_hour(0.80, 40, 1.0) == pytest.approx(0.02)
    assert cost_per_audio_hour(0.80, 80, 0.5) == pytest.approx(0.02)


@given(st.floats(0.01, 10), st.floats(1, 500), st.floats(0.1, 1))
def test_the_cost_of_the_audio_of_an_hour_is_that_of_the_machine(
    usd: float, times: float, busy: float
) -> None:
    assert cost_per_audio_hour(usd, times, busy) * times * busy == pytest.approx(usd)


def test_every_figure_names_a_source_or_is_called_an_estimate() -> None:
    for entry in (*PUBLISHED["sets"].values(), *PUBLISHED["machines"].values()):
        assert PUBLISHED["sources"][entry["source"]]["address"].startswith("https://")
    for scores in (*PUBLISHED["scores"].values(), *PUBLISHED["estimates"].values()):
        assert scores.keys() <= PUBLISHED["sets"].keys()
    for scores in PUBLISHED["estimates"].values():
        for score in scores.values():
            assert f"≈ {score:.1f}" in render()


def test_only_scores_within_the_promise_are_bold() -> None:
    assert all(float(score) <= 5 for score in re.findall(r"\*\*([\d.]+)\*\*", render()))
    assert "**2.10**" in render()


def test_every_model_has_a_line_and_every_speed_a_model() -> None:
    models = load(models_page._CATALOGUE).models

    lines = re.findall(r"^- \*\*`(.+)`\*\*", render(), re.MULTILINE)

    assert lines == [name for name in models if name != "custom"]
    assert {speed["model"] for speed in PUBLISHED["speeds"]} <= models.keys()


def test_speeds_run_from_cautious_to_hopeful() -> None:
    for speed in PUBLISHED["speeds"]:
        assert speed["times_real_time"] == sorted(speed["times_real_time"])
