"""Events for other systems: who may put them, and that the platform does not hear itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scribe.job_events import DETAIL_TYPES

from tests.template.template import Template

if TYPE_CHECKING:
    from pathlib import Path


def test_notify_alone_puts_events_of_its_source_and_kinds_on_the_default_bus(
    template: Template,
) -> None:
    (statement,) = (s for s in template.role_statements() if "events:PutEvents" in s.actions)
    (bus,) = statement.resources
    variables = template.properties("NotifyLambdaFunction")["Environment"]["Variables"]
    assert statement.owner == "NotifyRole"
    assert bus["Fn::Sub"].endswith(":${AWS::AccountId}:event-bus/default")
    assert statement.document["Condition"] == {
        "StringEquals": {
            "events:source": variables["EVENT_SOURCE"],
            "events:detail-type": list(DETAIL_TYPES.values()),
        }
    }


def test_an_event_of_the_platforms_own_is_no_end_of_an_execution(template: Template) -> None:
    variables = template.properties("NotifyLambdaFunction")["Environment"]["Variables"]
    pattern = template.properties("ExecutionStatusRule")["EventPattern"]
    assert pattern["source"] == ["aws.states"]
    assert not variables["EVENT_SOURCE"].startswith("aws.")
    assert not set(pattern["detail-type"]) & set(DETAIL_TYPES.values())


def test_each_stage_speaks_under_its_own_name(templates: dict[str, Path]) -> None:
    for stage, path in templates.items():
        template = Template(json.loads(path.read_text("utf-8")))
        variables = template.properties("NotifyLambdaFunction")["Environment"]["Variables"]
        assert variables["EVENT_SOURCE"] == f"transcription.{stage}"
