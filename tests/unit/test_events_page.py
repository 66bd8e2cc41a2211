"""docs/events.md: its example is a valid event, and its stack brings such an event to a queue."""

from __future__ import annotations

import json
import re
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from scribe import schemas
from scribe.adapters import aws
from scribe.adapters.event_bus import EventBus
from scribe.job_events import DETAIL_TYPES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
EXAMPLES = ROOT / "tests" / "examples" / "v1" / "job-event"


def block(language: str) -> str:
    (found,) = re.findall(rf"(?s)^```{language}\n(.+?)^```$", PAGE, re.MULTILINE)
    return str(found)


def test_the_example_is_the_one_that_is_stored() -> None:
    event = json.loads(block("json"))
    schemas.validate("job-event", event["detail"])
    assert event["detail"] == json.loads((EXAMPLES / "valid-completed.json").read_text("utf-8"))
    assert event["detail-type"] == DETAIL_TYPES["COMPLETED"]


# To moto a queue's policy is nothing.
@pytest.mark.filterwarnings("ignore:Tried to parse AWS..SQS..QueuePolicy:UserWarning")
@mock_aws
def test_the_stack_brings_the_events_of_its_stage_to_its_queue() -> None:
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="another-team", TemplateBody=block("yaml"))
    (stack,) = cloudformation.describe_stacks(StackName="another-team")["Stacks"]
    (output,) = stack["Outputs"]
    details = [
        json.loads((EXAMPLES / f"valid-{name}.json").read_text("utf-8"))
        for name in ("completed", "failed")
    ]
    for source in ("transcription.dev", "transcription.prod"):
        bus = EventBus(aws.events(), source=source)
        for detail in details:
            bus.put(DETAIL_TYPES[detail["outcome"]], detail)
    messages = aws.sqs().receive_message(QueueUrl=output["OutputValue"], MaxNumberOfMessages=10)[
        "Messages"
    ]
    events = [json.loads(message["Body"]) for message in messages]
    assert {event["source"] for event in events} == {"transcription.prod"}
    assert [event["detail"] for event in events] == details
