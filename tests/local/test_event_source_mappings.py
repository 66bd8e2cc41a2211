"""SQS to Lambda: batches, partial failures and dead letters go as AWS's pollers let them go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.event_source_mappings import failed_items
from tests.local.conftest import bodies, deploy, eventually, function_resource, queue_url

if TYPE_CHECKING:
    from local.aws import LocalAws

RECORDER = """
import json
def handler(event, context):
    print(json.dumps(event))
"""
PICKY = """
def handler(event, context):
    print(len(event["Records"]))
    bad = [r["messageId"] for r in event["Records"] if r["body"] == '"bad"']
    return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}
"""


def resources(name: str, source: str, **mapping: object) -> dict[str, Any]:
    """A queue with dead letters after two receives, and a function that is fed from it."""
    dead = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{name}-dead"}}
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "QueueName": name,
            "VisibilityTimeout": 1,
            "RedrivePolicy": {
                "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                "maxReceiveCount": 2,
            },
        },
    }
    fed = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
            "FunctionName": {"Ref": "Function"},
            **mapping,
        },
    }
    function = function_resource(name, source)
    return {"Dead": dead, "Queue": queue, "Function": function, "Mapping": fed}


def send(aws: LocalAws, queue: str, *messages: str) -> None:
    entries = [{"Id": str(i), "MessageBody": json.dumps(m)} for i, m in enumerate(messages)]
    aws.client("sqs").send_message_batch(QueueUrl=queue_url(aws, queue), Entries=entries)


def lines(aws: LocalAws, function: str) -> list[str]:
    log = aws.logs / f"{function}.log"
    return log.read_text().splitlines() if log.exists() else []


def left(aws: LocalAws, queue: str) -> int:
    attributes = aws.client("sqs").get_queue_attributes(
        QueueUrl=queue_url(aws, queue), AttributeNames=["All"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(
        attributes["ApproximateNumberOfMessagesNotVisible"]
    )


def test_a_message_reaches_the_function_in_awss_shape_and_leaves_the_queue(
    aws: LocalAws, name: str
) -> None:
    deploy(aws, name, resources(name, RECORDER))
    aws.client("sqs").send_message(
        QueueUrl=queue_url(aws, name),
        MessageBody="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}},
    )
    (line,) = eventually(lambda: lines(aws, name))
    (record,) = json.loads(line)["Records"]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == f"arn:aws:sqs:us-east-1:123456789012:{name}"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "greeting"
    assert record["messageAttributes"]["kind"]["dataType"] == "String"
    eventually(lambda: left(aws, name) == 0)


def test_a_window_gathers_messages_up_to_the_batch_size(aws: LocalAws, name: str) -> None:
    mapping = {"BatchSize": 3, "MaximumBatchingWindowInSeconds": 1}
    deploy(aws, name, resources(name, PICKY, **mapping))
    send(aws, name, "a", "b", "c")
    assert eventually(lambda: lines(aws, name)) == ["3"]


def test_only_the_reported_item_comes_back_and_ends_as_a_dead_letter(
    aws: LocalAws, name: str
) -> None:
    mapping = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    deploy(aws, name, resources(name, PICKY, **mapping))
    send(aws, name, "good", "bad", "fine")
    assert eventually(lambda: bodies(aws, f"{name}-dead")) == ["bad"]
    assert left(aws, name) == 0


def test_a_failing_function_keeps_its_whole_batch(aws: LocalAws, name: str) -> None:
    source = "def handler(event, context):\n    raise ValueError('no')"
    deploy(aws, name, resources(name, source))
    send(aws, name, "one", "two")
    eventually(lambda: left(aws, f"{name}-dead") == 2)
    assert sorted(bodies(aws, f"{name}-dead")) == ["one", "two"]


def test_a_disabled_mapping_takes_nothing_until_it_is_enabled(aws: LocalAws, name: str) -> None:
    deploy(aws, name, resources(name, RECORDER, Enabled=False))
    send(aws, name, "waiting")
    (mapping,) = aws.client("lambda").list_event_source_mappings(FunctionName=name)[
        "EventSourceMappings"
    ]
    assert lines(aws, name) == []
    aws.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    eventually(lambda: lines(aws, name))


@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}, {"other": 1}])
def test_an_empty_report_says_that_all_succeeded(response: object) -> None:
    assert failed_items(response, {"a", "b"}) == set()


@pytest.mark.parametrize(
    "response",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": [{"id": "a"}]},
        {"batchItemFailures": "a"},
        ["a"],
    ],
)
def test_a_report_that_aws_cannot_read_says_that_all_failed(response: object) -> None:
    assert failed_items(response, {"a", "b"}) == {"a", "b"}
