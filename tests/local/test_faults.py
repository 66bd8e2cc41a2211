"""Faults: each is met as on AWS, by functions and deliveries and not by operators, and logged."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from local.aws import LocalAws
from local.faults.plan import Happening, Plan, Rule, Tally
from tests.local.conftest import bodies, deploy, eventually, function_resource, invoke, queue_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THROTTLED: Final = "ThrottlingException"
SENDER: Final = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

def handler(event, context):
    client = boto3.client("sqs", config=Config(retries={"total_max_attempts": 1}))
    try:
        client.send_message(QueueUrl=event, MessageBody='"sent"')
    except ClientError as error:
        return error.response["Error"]["Code"]
    except HTTPClientError as error:
        return "broken"
    return "sent"
"""
SLEEPER: Final = """
import time

def handler(event, context):
    time.sleep(5)
"""
PLAN: Final = Plan(
    seed=1,
    rules=(
        Rule("r1", "refuse", "sqs", "SendMessage", "refused", share=1, most=1, code=THROTTLED),
        Rule("r2", "break-before", "sqs", "SendMessage", "unheard", share=1, most=1),
        Rule("r3", "break-after", "sqs", "SendMessage", "unanswered", share=1, most=1),
        Rule("r4", "end-caller", "sqs", "SendMessage", "last-words", share=1, most=1),
        Rule("r5", "time-out", "lambda", "*", "sleeper", share=1, most=1, seconds=0.5),
        Rule("r6", "redeliver", "sqs", "*", "twice", share=1, most=1),
        Rule("r7", "drop", "events", "Event", "dropped", share=1, most=1),
        Rule("r8", "double", "events", "Event", "doubled", share=1, most=1, seconds=0.1),
        Rule("r9", "delay", "s3", "Event", "recordings", share=1, most=1, seconds=2),
    ),
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS in which the plan's faults wait, with a function that sends to queues."""
    state = tmp_path_factory.mktemp("faulty")
    PLAN.write(state / "plan.json")
    with LocalAws(
        state, container_path=tmp_path_factory.mktemp("programs"), faults=state / "plan.json"
    ) as running:
        running.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        names = {"sender": SENDER, "sleeper": SLEEPER}
        deploy(running, "s", {name: function_resource(name, names[name]) for name in names})
        yield running


def made(aws: LocalAws, queue: str) -> str:
    url: str = aws.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    return url


def logged(aws: LocalAws) -> dict[str, dict[str, Any]]:
    lines = map(json.loads, (aws.logs / "faults.jsonl").read_text().splitlines())
    return {line["rule"]: line for line in lines}


@pytest.mark.parametrize(
    ("queue", "answer", "arrived"),
    [("refused", THROTTLED, 0), ("unheard", "broken", 0), ("unanswered", "broken", 1)],
)
def test_a_call_fails_before_or_after_it_took_effect(
    faulty: LocalAws, queue: str, answer: str, arrived: int
) -> None:
    url = made(faulty, queue)

    assert invoke(faulty, "sender", url) == answer
    assert len(bodies(faulty, queue)) == arrived
    assert invoke(faulty, "sender", url) == "sent", "the rule's bound is reached"


def test_a_function_is_lost_with_its_call_done(faulty: LocalAws) -> None:
    outcome = invoke(faulty, "sender", made(faulty, "last-words"))

    assert outcome["errorType"] == "Runtime.ExitError"
    assert bodies(faulty, "last-words") == ["sent"]
    assert logged(faulty)["r4"]["caller"] == "sender"


def test_an_operators_call_meets_no_fault(faulty: LocalAws) -> None:
    before = logged(faulty).keys()
    faulty.client("sqs").send_message(QueueUrl=made(faulty, "refused"), MessageBody='"mine"')

    assert "mine" in bodies(faulty, "refused")
    assert logged(faulty).keys() == before


def test_a_functions_time_runs_out_early(faulty: LocalAws) -> None:
    assert invoke(faulty, "sleeper")["errorType"] == "Sandbox.Timedout"
    assert logged(faulty)["r5"]["kind"] == "time-out"


def test_a_message_is_delivered_again_while_it_is_worked_on(faulty: LocalAws) -> None:
    sqs, url = faulty.client("sqs"), made(faulty, "twice")
    sqs.send_message(QueueUrl=url, MessageBody="{}")

    def receive() -> list[Any]:
        messages: list[Any] = sqs.receive_message(QueueUrl=url).get("Messages", [])
        return messages

    (first,), (second,) = eventually(receive), eventually(receive)
    assert first["MessageId"] == second["MessageId"]
    assert not receive()


@pytest.mark.parametrize(("rule", "count"), [("dropped", 0), ("doubled", 2), ("plain", 1)])
def test_an_event_is_dropped_or_doubled(faulty: LocalAws, rule: str, count: int) -> None:
    made(faulty, rule)
    events = faulty.client("events")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    arn = f"arn:aws:sqs:us-east-1:123456789012:{rule}"
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    events.put_events(Entries=[{"Source": rule, "DetailType": "Change", "Detail": "{}"}])

    # The longest delay is a tenth of a second.
    time.sleep(1)
    assert len(bodies(faulty, rule)) == count


def test_an_event_of_s3_comes_late(faulty: LocalAws) -> None:
    made(faulty, "arrivals")
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket="recordings")
    arn = "arn:aws:sqs:us-east-1:123456789012:arrivals"
    s3.put_bucket_notification_configuration(
        Bucket="recordings",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    bodies(faulty, "arrivals")  # the test event
    s3.put_object(Bucket="recordings", Key="a", Body=b"a")

    (event,) = eventually(lambda: bodies(faulty, "arrivals"))
    assert event["Records"][0]["s3"]["object"]["key"] == "a"
    assert logged(faulty)["r9"]["kind"] == "delay"


def test_a_rule_without_a_pattern_hears_no_events(faulty: LocalAws) -> None:
    made(faulty, "schedule")
    events = faulty.client("events")
    events.put_rule(Name="schedule", ScheduleExpression="rate(1 day)")
    arn = "arn:aws:sqs:us-east-1:123456789012:schedule"
    events.put_targets(Rule="schedule", Targets=[{"Id": "queue", "Arn": arn}])
    events.put_events(Entries=[{"Source": "any", "DetailType": "Change", "Detail": "{}"}])

    time.sleep(0.5)
    assert queue_url(faulty, "schedule")
    assert bodies(faulty, "schedule") == []


def call(instance: str) -> Happening:
    return Happening("call", "s3", "GetObject", "bucket", instance, "reader")


def test_one_thing_is_struck_so_often_and_no_oftener() -> None:
    rule = Rule("slow", "refuse", "s3", "*", share=1, most=5, most_each=2, code="SlowDown")
    tally = Tally(Plan(1, (rule,)))

    assert [tally.next_fault(call("a")) is not None for _ in range(3)] == [True, True, False]
    assert [tally.next_fault(call(n)) is not None for n in "bcde"] == [True, True, True, False]


def test_a_rule_may_spare_the_first() -> None:
    rule = Rule("down", "refuse", "s3", "*", share=1, after=2, most=2, most_each=2, code="Any")
    tally = Tally(Plan(1, (rule,)))

    struck = [tally.next_fault(call("a")) is not None for _ in range(5)]
    assert struck == [False, False, True, True, False]


@pytest.mark.parametrize("flaw", [{"share": 0}, {"share": 2}, {"most": 0}, {"kind": "flood"}])
def test_a_rule_that_could_not_strike_or_not_end_is_refused(flaw: dict[str, Any]) -> None:
    sound = {"name": "r", "kind": "refuse", "service": "s3", "operation": "*"}
    with pytest.raises(ValueError, match="r: "):
        Rule(**{**sound, "share": 0.5, "most": 1, **flaw})


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    PLAN.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == PLAN
