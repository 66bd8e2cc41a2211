"""The plan of a chaos run: the same seed is the same run, and every kind of job is in it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

from commands.chaos.faults import fault_plan
from commands.chaos.plan import OUTCOMES, SHARES, Kind, planned_jobs
from local.faults.plan import FORMS, Happening, Tally

COUNT: Final = 300
CALLS: Final = [
    Happening("call", service, "Any", resource="table", instance=str(number), caller="stage-notify")
    for number in range(400)
    for service in ("dynamodb", "s3", "states", "ses")
]


def test_the_same_seed_plans_the_same_jobs() -> None:
    assert planned_jobs(COUNT, 7) == planned_jobs(COUNT, 7)
    assert planned_jobs(COUNT, 7) != planned_jobs(COUNT, 8)


def test_the_kinds_are_there_as_their_shares_say() -> None:
    counted = Counter(job.kind for job in planned_jobs(COUNT, 1))

    assert sum(SHARES.values()) == 100
    assert counted == {kind: share * COUNT // 100 for kind, share in SHARES.items()}


def test_even_a_short_run_has_every_kind() -> None:
    assert {job.kind for job in planned_jobs(len(Kind), 1)} == set(Kind)
    assert OUTCOMES.keys() == SHARES.keys() == set(Kind)


def struck(seed: int, happenings: list[Happening]) -> set[tuple[str, int]]:
    """Which counts of which rules are struck, before any bound."""
    plan = fault_plan(COUNT, seed)
    matched: Counter[str] = Counter()
    found = set()
    for happening in happenings:
        for rule in plan.rules:
            if rule.covers(happening):
                matched[rule.name] += 1
                if plan.struck(rule, matched[rule.name]):
                    found.add((rule.name, matched[rule.name]))
    return found


def test_the_same_seed_strikes_the_same_counts_in_whatever_order_things_happen() -> None:
    shuffled = list(CALLS)
    random.Random(3).shuffle(shuffled)  # noqa: S311  # an order, no secret

    assert struck(7, CALLS) == struck(7, shuffled)
    assert struck(7, CALLS) != struck(8, CALLS)


def test_every_rule_is_bounded_so_that_everything_can_end() -> None:
    tally = Tally(fault_plan(COUNT, 1))
    for happening in CALLS * 20:
        tally.next_fault(happening)

    assert tally.struck
    for rule in tally.plan.rules:
        assert tally.struck[rule.name] <= rule.most


def test_every_kind_of_fault_is_in_the_plan() -> None:
    assert {rule.kind for rule in fault_plan(COUNT, 1).rules} == FORMS.keys()


def test_no_two_rules_share_a_name() -> None:
    names = [rule.name for rule in fault_plan(COUNT, 1).rules]
    assert len(names) == len(set(names))
