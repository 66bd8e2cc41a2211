"""What operators hear of: every function, every queue, and everything that a job depends on."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.template import Template

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "monitoring.md"
OPERATORS = [{"Ref": "OperatorsTopic"}]
RECEIVES_THAT_COUNT = 3
"""SQS leaves messages that were received as often out of the oldest message's age."""


def _alarms(template: Template) -> dict[str, dict[str, Any]]:
    """The operators' alarms; those that scale the fleet are nobody's concern."""
    policies = template.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
    return {
        name: alarm
        for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items()
        if not any(action.get("Ref") in policies for action in alarm["AlarmActions"])
    }


def _metrics(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every metric that an alarm looks at."""
    if "Metrics" not in alarm:
        yield alarm
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]


def _watching(template: Template, metric: str, **dimension: object) -> list[dict[str, Any]]:
    ((name, value),) = dimension.items()
    return [
        alarm
        for alarm in _alarms(template).values()
        for looked_at in _metrics(alarm)
        if looked_at["MetricName"] == metric
        and {"Name": name, "Value": value} in looked_at.get("Dimensions", ())
    ]


def _of_queue(template: Template, metric: str, queue: str) -> list[dict[str, Any]]:
    return _watching(template, metric, QueueName={"Fn::GetAtt": [queue, "QueueName"]})


def test_every_function_is_watched_for_errors_and_for_throttles(template: Template) -> None:
    for function in template.of_type("AWS::Lambda::Function"):
        for metric in ("Errors", "Throttles"):
            assert _watching(template, metric, FunctionName={"Ref": function}), (function, metric)


def test_one_message_in_a_dead_letter_queue_is_told(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    consumed = {
        mapping["EventSourceArn"]["Fn::GetAtt"][0]
        for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values()
    }
    for queue in (name for name, properties in queues.items() if "RedrivePolicy" not in properties):
        (alarm,) = _of_queue(template, "ApproximateNumberOfMessagesVisible", queue)
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
        assert alarm["EvaluationPeriods"] == 1
        # A consumer takes it between two looks at the queue.
        received = _of_queue(template, "NumberOfMessagesReceived", queue)
        assert received == ([alarm] if queue in consumed else [])


def test_messages_that_wait_too_long_are_told_while_sqs_still_counts_them(
    template: Template,
) -> None:
    queues = template.of_type("AWS::SQS::Queue")
    for name, properties in queues.items():
        if "RedrivePolicy" not in properties:
            continue
        (alarm,) = _of_queue(template, "ApproximateAgeOfOldestMessage", name)
        if name in ("UploadsQueue", "NotificationsQueue"):
            longest = RECEIVES_THAT_COUNT * properties["VisibilityTimeout"]
        else:
            longest = template.state_machine()["States"]["DetectOnFleet"]["TimeoutSeconds"]
        # What is looked at in each of its periods must be over before.
        spans = alarm["Period"] * alarm["EvaluationPeriods"]
        assert alarm["Threshold"] + spans < longest


def test_operators_hear_when_an_alarm_begins_and_when_it_ends(template: Template) -> None:
    for alarm in _alarms(template).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == OPERATORS
        assert alarm["AlarmDescription"].endswith(".")
        assert alarm["TreatMissingData"] in ("breaching", "notBreaching", "ignore")


def test_every_alarm_has_an_entry_in_the_guide_and_the_guide_has_no_other(
    template: Template,
) -> None:
    rows = [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("| `")]
    named = {row.split("`")[1] for row in rows}
    prefix = template.properties("OperatorsTopic")["TopicName"].removesuffix("operators")
    assert named == {
        alarm["AlarmName"].removeprefix(prefix) for alarm in _alarms(template).values()
    }


def test_the_topic_takes_what_this_stages_alarms_say_and_nothing_else(template: Template) -> None:
    policy = template.properties("OperatorsTopicPolicy")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    pattern = statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].rpartition(":")[2]
    for alarm in _alarms(template).values():
        assert fnmatchcase(alarm["AlarmName"], pattern)


def test_alarms_may_use_the_key_that_the_topic_is_encrypted_with(template: Template) -> None:
    key = template.properties("OperatorsTopic")["KmsMasterKeyId"]
    statements = template.properties(key["Ref"])["KeyPolicy"]["Statement"]
    (used,) = (s for s in statements if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"})
    assert set(used["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_nobody_is_mailed_unless_an_address_is_given(template: Template) -> None:
    condition = template.resources["OperatorsMail"]["Condition"]
    assert template.document["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmAddress"}, ""]}]
    }
    assert template.document["Parameters"]["AlarmAddress"]["Default"] == ""
