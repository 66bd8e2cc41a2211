"""EventBridge: rules deliver to queues and functions, with the inputs that targets ask for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.conftest import bodies, deploy, eventually, function_resource

if TYPE_CHECKING:
    from local.aws import LocalAws


def rule(name: str, **target: object) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": [name], "detail": {"status": ["DONE"]}},
            "Targets": [{"Id": "only", **target}],
        },
    }


def queue(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


def put(aws: LocalAws, source: str, **detail: object) -> None:
    entry = {"Source": source, "DetailType": "Change", "Detail": json.dumps(detail)}
    aws.client("events").put_events(Entries=[entry])


def test_a_matching_event_reaches_a_queue_whole(aws: LocalAws, name: str) -> None:
    target = rule(name, Arn={"Fn::GetAtt": ["Queue", "Arn"]})
    deploy(aws, name, {"Queue": queue(name), "Rule": target})
    put(aws, name, status="RUNNING")
    put(aws, name, status="DONE")
    (event,) = eventually(lambda: bodies(aws, name))
    assert event["detail"] == {"status": "DONE"}
    assert event["detail-type"] == "Change"
    assert event["time"].endswith("Z")


def test_a_clients_event_arrives_in_the_envelope_of_aws(aws: LocalAws, name: str) -> None:
    target = rule(name, Arn={"Fn::GetAtt": ["Queue", "Arn"]})
    deploy(aws, name, {"Queue": queue(name), "Rule": target})
    put(aws, name, status="DONE")
    (event,) = eventually(lambda: bodies(aws, name))
    assert set(event) == {
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "resources",
        "detail",
    }
    assert (event["version"], event["resources"]) == ("0", [])
    assert (event["account"], event["region"]) == ("123456789012", "us-east-1")


def test_every_rule_that_matches_delivers_and_no_other_does(aws: LocalAws, name: str) -> None:
    rules = {"First": name, "Second": name, "OfAnother": f"{name}.other", "OfAws": "aws.states"}
    resources: dict[str, Any] = {}
    for each, source in rules.items():
        resources[f"{each}Queue"] = queue(f"{name}-{each}")
        resources[each] = rule(source, Arn={"Fn::GetAtt": [f"{each}Queue", "Arn"]})
    deploy(aws, name, resources)
    put(aws, name, status="DONE")
    (first,) = eventually(lambda: bodies(aws, f"{name}-First"))
    (second,) = eventually(lambda: bodies(aws, f"{name}-Second"))
    assert first == second
    assert bodies(aws, f"{name}-OfAnother") == bodies(aws, f"{name}-OfAws") == []


def test_a_client_cannot_speak_as_aws(aws: LocalAws, name: str) -> None:
    entries = [
        {"Source": source, "DetailType": "Change", "Detail": "{}"}
        for source in (name, "aws.states")
    ]
    answer = aws.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    taken, refused = answer["Entries"]
    assert "EventId" in taken
    assert refused["ErrorCode"] == "NotAuthorizedForSourceException"


def test_a_target_gets_the_part_that_its_path_names(aws: LocalAws, name: str) -> None:
    target = rule(name, Arn={"Fn::GetAtt": ["Queue", "Arn"]}, InputPath="$.detail.items[1]")
    deploy(aws, name, {"Queue": queue(name), "Rule": target})
    put(aws, name, status="DONE", items=["a", {"b": 1}])
    assert eventually(lambda: bodies(aws, name)) == [{"b": 1}]


def test_a_target_gets_what_its_transformer_makes(aws: LocalAws, name: str) -> None:
    transformer = {
        "InputPathsMap": {"who": "$.detail.who", "all": "$.detail"},
        "InputTemplate": '{"text": "hello <who>", "who": <who>, "all": <all>}',
    }
    target = rule(name, Arn={"Fn::GetAtt": ["Queue", "Arn"]}, InputTransformer=transformer)
    deploy(aws, name, {"Queue": queue(name), "Rule": target})
    put(aws, name, status="DONE", who="Ana")
    (made,) = eventually(lambda: bodies(aws, name))
    assert made == {"text": "hello Ana", "who": "Ana", "all": {"status": "DONE", "who": "Ana"}}


def test_an_event_runs_a_function(aws: LocalAws, name: str) -> None:
    function = function_resource(
        name, "def handler(event, context):\n    print(event['detail']['status'])"
    )
    target = rule(name, Arn={"Fn::GetAtt": ["Function", "Arn"]})
    deploy(aws, name, {"Function": function, "Rule": target})
    put(aws, name, status="DONE")
    log = aws.logs / f"{name}.log"
    eventually(lambda: log.exists() and log.read_text() == "DONE\n")


def test_an_event_that_cannot_be_delivered_is_a_dead_letter(aws: LocalAws, name: str) -> None:
    target = rule(
        name,
        Arn="arn:aws:sqs:us-east-1:123456789012:gone",
        DeadLetterConfig={"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
    )
    deploy(aws, name, {"Queue": queue(name), "Rule": target})
    put(aws, name, status="DONE")
    (event,) = eventually(lambda: bodies(aws, name))
    assert event["detail"] == {"status": "DONE"}
