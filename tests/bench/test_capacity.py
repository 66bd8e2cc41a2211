"""The laws of the fleet's arithmetic, whatever figures a stage has."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.capacity import page, rules
from bench.capacity.__main__ import DOCS
from bench.capacity.metric_math import ExpressionUnknown, Minutes, compiled
from bench.capacity.policy import Adjustment, Observed, Policy, Step
from bench.capacity.simulation import Pace, longest, simulate
from bench.capacity.thresholds import ObjectiveUnreachable, derive
from bench.capacity.workloads import WORKLOADS, Workload
from commands import capacity, stage_parameters

DEFAULTS = stage_parameters.resolve("prod", {})


def _policy(**figures: int) -> Policy:
    return rules.written(DEFAULTS | {name: str(value) for name, value in figures.items()})


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    up = draw(st.integers(2, 1_000))
    smallest = draw(st.integers(0, 3))
    return _policy(
        scaleUpAbove=up,
        scaleDownBelow=draw(st.integers(1, up - 1)),
        scaleByPercent=draw(st.integers(1, 100)),
        scaleByAtLeast=draw(st.integers(1, 50)),
        minWorkers=smallest,
        maxWorkers=draw(st.integers(smallest + 1, 1_000)),
    )


class Fleet(NamedTuple):
    """A policy, a size that it allows, and how many chunks wait or are in work."""

    policy: Policy
    size: int
    backlog: int


@st.composite
def fleets(draw: st.DrawFn, *, idle: bool = False) -> Fleet:
    """Any fleet, or one that has little to do."""
    policy = draw(policies())
    size = draw(st.integers(policy.smallest, policy.largest))
    most = math.ceil(size * policy.rule("down").threshold) if idle else 1_000_000
    return Fleet(policy, size, draw(st.integers(0, most)))


def _next(policy: Policy, size: int, backlog: int) -> int:
    seen = Observed(float(backlog), 0.0, float(size))
    found = [policy.wanted(size, rule, beyond) for rule, beyond in policy.firing(seen)]
    assert len(found) <= 1, "two rules at once"
    return found[0] if found else size


@given(fleets())
def test_no_rule_leaves_the_bounds(fleet: Fleet) -> None:
    assert fleet.policy.smallest <= _next(*fleet) <= fleet.policy.largest


@given(fleets(idle=True))
def test_who_has_gone_is_not_called_back_by_the_same_backlog(fleet: Fleet) -> None:
    smaller = _next(*fleet)
    assume(smaller < fleet.size)
    assert _next(fleet.policy, smaller, fleet.backlog) <= smaller


@given(policies(), st.integers(1, 1_000_000))
def test_one_chunk_is_enough_to_begin(policy: Policy, backlog: int) -> None:
    assert _next(policy, 0, backlog) > 0


@given(fleets())
def test_a_fleet_without_work_shrinks_until_it_is_as_small_as_may_be(fleet: Fleet) -> None:
    policy, size, _ = fleet
    for _ in range(1_100):
        size = _next(policy, size, 0)
    assert size == policy.smallest


@given(fleets())
def test_a_fleet_grows_above_its_threshold_and_at_no_other_time(fleet: Fleet) -> None:
    policy, size, backlog = fleet
    assume(1 <= size < policy.largest)
    grows = _next(*fleet) > size
    assert grows == (backlog / size > policy.rule("up").threshold)


@given(st.integers(1, 10_000), st.integers(1, 100), st.integers(1, 50))
def test_a_change_is_the_larger_of_the_share_and_the_number(
    size: int, percent: int, at_least: int
) -> None:
    for sign in (1, -1):
        steps = (Step(-math.inf, math.inf, sign * percent),)
        change = Adjustment(True, at_least, 60, steps).change(size, 0.0)  # noqa: FBT003 - in percent
        assert change == sign * max(at_least, size * percent // 100)


@pytest.mark.parametrize("seconds", [12, 25])
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_an_objective_is_kept_by_95_of_100_once_the_fleet_has_grown(
    workload: Workload, seconds: int
) -> None:
    objective = 30.0
    figures = derive(objective, seconds, 6).parameters
    policy = rules.written(DEFAULTS | {"maxWorkers": "1000"} | figures)
    course = simulate(policy, workload, Pace(seconds, 6))
    asked = simulate(_policy(maxWorkers=1_000), workload, Pace(seconds, 6))
    assert longest(course) < longest(asked)
    if workload.arrivals:
        assert course.took_at_most(0.95) <= objective
    assert course.turns() == 0


def test_thresholds_leave_room_for_a_workers_start() -> None:
    figures = derive(latency_minutes=30, seconds_per_chunk=12, start_minutes=6)
    assert (figures.up, figures.down) == (120, 48)
    with pytest.raises(ObjectiveUnreachable, match="take 8"):
        derive(latency_minutes=7, seconds_per_chunk=60, start_minutes=6)


def test_the_command_prints_parameters_that_agree_with_themselves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert capacity.main(["--latency-minutes", "30", "--seconds-per-chunk", "12"]) == 0
    lines = capsys.readouterr().out.splitlines()
    printed = {name: value.strip(' "') for name, _, value in (x.partition(":") for x in lines)}
    assert printed["scaleUpAbove"] == "120"
    assert not capacity.differing(DEFAULTS | printed)
    assert capacity.differing(DEFAULTS | printed | {"scaleUpAbove": "500"}) == {
        "scaleUpAbove": "120"
    }


def test_a_stage_without_an_objective_may_have_any_thresholds() -> None:
    assert not capacity.differing(DEFAULTS | {"latencyMinutes": "", "scaleUpAbove": "7"})


def test_an_objective_below_a_workers_start_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert capacity.main(["--latency-minutes", "1"]) == 1
    assert "cannot be kept" in capsys.readouterr().err


def test_a_division_by_nothing_is_a_gap_and_not_an_error() -> None:
    minutes = Minutes({"a": 1.0, "b": 0.0}, {})
    assert compiled("a / b")(minutes) is None
    assert compiled("IF(b > 0, a / b, 7)")(minutes) == 7


def test_an_expression_that_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(ExpressionUnknown, match="ANOMALY"):
        compiled("ANOMALY_DETECTION_BAND(a)")


def test_the_page_and_its_pictures_are_what_the_rules_come_to() -> None:
    for name, content in page.files().items():
        assert (DOCS / name).read_text("utf-8") == content, "run npm run bench -- capacity"
