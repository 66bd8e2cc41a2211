"""`npm run cost`: its arithmetic, and what the repository's other pages say about the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.quality.models_page import cost_per_audio_hour
from commands import stage_parameters
from commands.cost import __main__ as command
from commands.cost.assumptions import Assumptions, AssumptionUnknown, changed, values
from commands.cost.bill import BUDGET_USD, Bill, Workers, bill, longest_mean
from commands.cost.page import PAGE, Estimate, render, verdict
from commands.cost.stack import AT_THE_END, EACH_CHUNK, ONCE, StackFacts

ROOT = Path(__file__).resolve().parents[2]
ESTIMATE = command.standard()
LIKELY = Workers(ESTIMATE.machine, ESTIMATE.machine.times_real_time[1])

ASSUMPTIONS = st.builds(
    Assumptions,
    files_per_day=st.floats(1, 1e6),
    mean_minutes=st.floats(0.5, 600),
    long_share=st.floats(0, 1),
    long_minutes=st.floats(20, 600),
    spot_share=st.floats(0, 1),
    months_kept=st.floats(0, 36),
)


def month(assumptions: Assumptions, workers: Workers = LIKELY) -> Bill:
    return bill(assumptions, ESTIMATE.stack, workers, ESTIMATE.prices.prices)


@given(ASSUMPTIONS)
def test_every_line_costs_something_and_together_they_are_the_bill(given: Assumptions) -> None:
    made = month(given)
    assert all(line.usd >= 0 for line in made.lines)
    assert made.usd == pytest.approx(sum(made.by_service().values()))
    assert made.per_file * given.files == pytest.approx(made.usd)
    assert made.per_audio_hour * given.audio_hours == pytest.approx(made.usd)


@given(ASSUMPTIONS, st.floats(1.01, 20))
def test_more_recordings_cost_more_in_all_and_no_more_each(given: Assumptions, more: float) -> None:
    few, many = month(given), month(replace(given, files_per_day=given.files_per_day * more))
    assert few.usd < many.usd <= few.usd * more * (1 + 1e-9)


@given(ASSUMPTIONS, st.floats(1.01, 2))
def test_longer_recordings_cost_more(given: Assumptions, longer: float) -> None:
    other = replace(given, mean_minutes=given.mean_minutes * longer)
    assert month(other).usd > month(given).usd


@given(ASSUMPTIONS, st.floats(1, 15))
@example(Assumptions(mean_minutes=21, long_minutes=20, long_share=1), 10)
def test_chunks_hold_all_of_a_recording(given: Assumptions, chunk_minutes: float) -> None:
    chunks = given.chunks_per_file(chunk_minutes)
    assert chunks >= 1
    assert chunks * chunk_minutes >= given.mean_minutes * (1 - 1e-9)


@settings(max_examples=50)
@given(ASSUMPTIONS, st.floats(100, 1e6))
def test_the_longest_mean_just_keeps_the_budget(given: Assumptions, budget: float) -> None:
    minutes = longest_mean(budget, given, ESTIMATE.stack, LIKELY, ESTIMATE.prices.prices)
    if minutes is None:
        assert month(replace(given, mean_minutes=0.1)).usd > budget
        return
    assert month(replace(given, mean_minutes=minutes)).usd <= budget
    if minutes < 1440:
        assert month(replace(given, mean_minutes=minutes + 0.02)).usd > budget


def test_the_requirement_is_half_a_million_audio_hours_within_the_budget() -> None:
    assert Assumptions().audio_hours == 500_000
    assert all(made.usd < BUDGET_USD for made in ESTIMATE.bills())


def test_recordings_cost_what_the_lifecycle_makes_of_them() -> None:
    kept = [line.usd for line in month(Assumptions()).lines if "GB-months in" in line.what]
    assert kept == pytest.approx([1380, 2680])


def test_the_machines_cost_what_the_page_of_models_says() -> None:
    on_demand = replace(Assumptions(), spot_share=0)
    (hours,) = (line for line in month(on_demand).lines if line.what.endswith(", hours"))
    each = cost_per_audio_hour(LIKELY.machine.usd_per_hour, LIKELY.times_real_time, 0.9)
    assert hours.usd / on_demand.audio_hours == pytest.approx(each)


@pytest.mark.parametrize("dispatch", EACH_CHUNK)
def test_the_states_that_are_paid_for_are_those_of_the_workflow(dispatch: str) -> None:
    text = (ROOT / "statemachines" / "transcription.asl.yml").read_text("utf-8")
    states = set(re.findall(r"^ +([A-Z]\w+\??):$", text, re.MULTILINE))
    assert {*ONCE, *AT_THE_END, *EACH_CHUNK[dispatch]} <= states


@pytest.mark.parametrize(
    ("stage", "given", "endpoints"),
    [
        ("prod", {}, 8 * 3),
        ("dev", {}, 5 * 3),
        ("prod", {"vpcId": "vpc-0123456789abcdef0"}, 0),
    ],
)
def test_endpoints_are_paid_for_where_the_stack_makes_them(
    stage: str, given: dict[str, str], endpoints: int
) -> None:
    """Three zones; ECS's own three for instances alone (docs/infrastructure.md)."""
    assert StackFacts.of(stage_parameters.resolve(stage, given)).endpoints == endpoints


def test_a_budget_that_no_length_exhausts_is_said_to_hold_at_any() -> None:
    few = replace(ESTIMATE, assumptions=Assumptions(files_per_day=1))
    assert verdict(few).endswith("It holds at any mean length.")
    assert " up to a mean length of " in verdict(ESTIMATE)


def test_every_price_has_a_source_and_is_used() -> None:
    assert all(price.source.startswith("https://") for price in ESTIMATE.prices.prices.values())
    source = (ROOT / "commands" / "cost" / "bill.py").read_text("utf-8")
    assert [name for name in ESTIMATE.prices.prices if f'"{name}"' not in source] == []


def test_every_assumption_counts() -> None:
    for name, value in values(Assumptions()):
        other = replace(Assumptions(), **{name: value / 2 or 50})
        assert month(other).usd != month(Assumptions()).usd, name


@pytest.mark.parametrize(
    "wrong",
    [{"mean_minute": 5}, {"busy_share": 0}, {"spot_share": 1.5}, {"metrics": -1}],
    ids=str,
)
def test_assumptions_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(AssumptionUnknown, match=next(iter(wrong))):
        changed(Assumptions(), wrong)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(ESTIMATE), "npm run cost -- --write"


def test_the_page_says_where_the_budget_does_not_hold() -> None:
    hours_long = replace(ESTIMATE, assumptions=replace(ESTIMATE.assumptions, mean_minutes=60))
    assert isinstance(hours_long, Estimate)
    assert "**" in render(hours_long).split("large-v3-turbo` |")[1].split("\n")[0]


def test_the_command_tells_a_program_and_its_status_says_whether_the_budget_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--json", "--files-per-day", "1000"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert sum(printed["by_service"].values()) == pytest.approx(printed["usd_a_month"]["likely"])
    assert command.main(["--assume", "mean_minutes=60"]) == 1
    assert "21." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--assume", "minutes"], ["--assume", "minutes=1"]])
def test_a_misspelt_assumption_is_a_misuse(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
