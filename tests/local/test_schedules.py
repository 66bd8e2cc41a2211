"""EventBridge's schedules: what a rule with a rate brings to its targets, and how often."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto.events.models import Rule

from local.schedules import Schedules
from tests.local.conftest import bodies, deploy, eventually, function_resource

if TYPE_CHECKING:
    from local.aws import LocalAws


def rule(expression: str, **properties: object) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "ScheduleExpression": expression,
            "Targets": [{"Id": "only", "Arn": {"Fn::GetAtt": ["Target", "Arn"]}}],
            **properties,
        },
    }


def test_a_schedule_invokes_its_function_again_and_again(aws: LocalAws, name: str) -> None:
    source = "import json\ndef handler(event, context):\n    print(json.dumps(event))"
    resources = {"Target": function_resource(name, source), "Rule": rule("rate(2 minutes)")}
    deploy(aws, name, resources)
    log = aws.logs / f"{name}.log"

    def two_events() -> list[str]:
        lines = log.read_text().splitlines() if log.exists() else []
        return lines if len(lines) >= 2 else []

    first, second, *_ = (json.loads(line) for line in eventually(two_events))
    assert (first["detail-type"], first["source"]) == ("Scheduled Event", "aws.events")
    assert first["resources"][0].split(":")[5].startswith("rule/")
    assert first["id"] != second["id"]


def test_a_target_gets_the_input_that_its_rule_states(aws: LocalAws, name: str) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
    target = {"Id": "only", "Arn": {"Fn::GetAtt": ["Target", "Arn"]}, "Input": '{"a": 1}'}
    deploy(aws, name, {"Target": queue, "Rule": rule("rate(1 minute)", Targets=[target])})
    assert eventually(lambda: bodies(aws, name))[0] == {"a": 1}


def moto_rule(expression: str | None, state: str = "ENABLED") -> Rule:
    return Rule(  # type: ignore[abstract]  # moto makes it in this way too
        name="r",
        account_id="123456789012",
        region_name="us-east-1",
        description=None,
        event_pattern=None,
        schedule_exp=expression,
        role_arn=None,
        event_bus_name="default",
        state=state,
    )


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(7 days)", 604_800),
    ],
)
def test_a_rule_is_due_once_in_each_interval(expression: str, seconds: int) -> None:
    schedules, rules = Schedules(), [moto_rule(expression)]
    moments = [0, seconds - 1, seconds, seconds + 1, 2 * seconds - 1, 2 * seconds]
    due = [bool(schedules.due(rules, moment, 1.0)) for moment in moments]
    assert due == [False, False, True, False, False, True]


def test_intervals_shrink_with_the_clock_but_not_to_nothing() -> None:
    schedules, rules = Schedules(), [moto_rule("rate(5 minutes)")]
    assert not schedules.due(rules, 0, 0.0001)
    assert not schedules.due(rules, 0.9, 0.0001)
    assert schedules.due(rules, 1.0, 0.0001)


@pytest.mark.parametrize(
    "rule",
    [moto_rule(None), moto_rule("rate(1 minute)", "DISABLED"), moto_rule("cron(0 12 * * ? *)")],
)
def test_other_rules_are_never_due(rule: Rule) -> None:
    schedules = Schedules()
    assert not any(schedules.due([rule], moment, 1.0) for moment in (0, 60, 120, 86_400))


def test_a_rule_that_was_away_begins_anew() -> None:
    schedules, rules = Schedules(), [moto_rule("rate(1 minute)")]
    schedules.due(rules, 0, 1.0)
    schedules.due([], 30, 1.0)
    assert not schedules.due(rules, 60, 1.0)
    assert schedules.due(rules, 120, 1.0)
