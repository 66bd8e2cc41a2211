"""The fleet grows and shrinks as it was asked for, and by what the simulator runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench.capacity import policy, rules
from bench.capacity.policy import Observed
from bench.capacity.simulation import Pace, simulate
from bench.capacity.workloads import WORKLOADS
from commands import stage_parameters

if TYPE_CHECKING:
    from bench.capacity.policy import Policy
    from tests.template.template import Template


@pytest.fixture
def fleet(prod: Template) -> Policy:
    return policy.read(prod.document)


def _sizes(policy: Policy, workers: int, waiting: float) -> list[int]:
    seen = Observed(waiting, 0.0, float(workers))
    return [policy.wanted(workers, rule, beyond) for rule, beyond in policy.firing(seen)]


def test_the_rules_are_the_asked_ones(fleet: Policy) -> None:
    up, down = fleet.rule("up"), fleet.rule("down")
    assert (up.fires_above, up.threshold) == (True, 500)
    assert (down.fires_above, down.threshold) == (False, 200)
    for rule, percent in ((up, 20), (down, -20)):
        (step,) = rule.adjustment.steps
        assert rule.adjustment.in_percent
        assert (step.adjustment, rule.adjustment.at_least) == (percent, 10)
        assert rule.adjustment.cooldown_seconds == 60


def test_10_000_jobs_on_10_workers_make_it_20(fleet: Policy) -> None:
    assert _sizes(fleet, 10, 10_000) == [20]


def test_20_workers_with_exactly_500_each_stay_20(fleet: Policy) -> None:
    assert _sizes(fleet, 20, 10_000) == []
    assert _sizes(fleet, 20, 10_001) == [30]


def test_10_000_at_once_are_done_by_20_workers(fleet: Policy) -> None:
    burst = next(workload for workload in WORKLOADS if workload.name == "burst")
    course = simulate(fleet, burst, Pace(seconds_per_chunk=12, start_minutes=6))
    assert course.most_workers == 20


def test_what_is_in_work_counts_and_so_do_languages_to_detect(fleet: Policy) -> None:
    seen = Observed(2_000, 1_000, 10.0, probes_waiting=1_000, probes_in_work=1_001)
    assert [rule.name for rule, _ in fleet.firing(seen)] == ["up"]


def test_a_fleet_of_100_grows_and_shrinks_by_20(fleet: Policy) -> None:
    assert _sizes(fleet, 100, 50_001) == [120]
    assert _sizes(fleet, 100, 19_999) == [80]


def test_a_fleet_grows_from_nothing(fleet: Policy) -> None:
    assert _sizes(fleet, 0, 1) == [1]
    assert _sizes(fleet, 0, 10_000) == [10]


def test_a_service_without_tasks_that_is_not_reported_is_one_of_no_workers(fleet: Policy) -> None:
    seen = Observed(chunks_waiting=5, chunks_in_work=0, workers=None)
    assert [rule.name for rule, _ in fleet.firing(seen)] == ["from-zero"]


def test_a_minute_that_is_reported_late_is_taken_for_the_last_one(fleet: Policy) -> None:
    before = Observed(3_000, 20, 10.0)
    assert not list(fleet.firing(before))
    for late in (Observed(None, None, 10.0), Observed(3_000, 20, None)):
        assert not list(fleet.firing(late, before))


def test_prod_keeps_a_worker_and_other_stages_none(prod: Template, dev: Template) -> None:
    assert policy.read(prod.document).smallest == 1
    assert policy.read(dev.document).smallest == 0
    assert _sizes(policy.read(prod.document), 5, 0) == [1]


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_what_is_simulated_is_what_is_compiled(stage: str, request: pytest.FixtureRequest) -> None:
    compiled: Template = request.getfixturevalue(stage)
    as_written = rules.written(stage_parameters.resolve(stage, {}))
    assert as_written == policy.read(compiled.document)


def test_every_alarm_names_metrics_of_this_stack_and_no_gap_is_an_alarm(
    template: Template,
) -> None:
    for name in ("BacklogPerWorkerIsHigh", "BacklogPerWorkerIsLow", "BacklogWithoutWorkers"):
        alarm: dict[str, Any] = template.properties(name)
        assert alarm["TreatMissingData"] == "notBreaching"
        assert len([q for q in alarm["Metrics"] if q.get("ReturnData", True)]) == 1
        assert len(alarm["Metrics"]) <= 10, "CloudWatch's limit"
