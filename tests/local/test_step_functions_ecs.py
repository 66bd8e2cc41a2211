"""ECS tasks run by state machines, and a whole flow through a queue and a service."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import eventually
from tests.local.machines import END, create, failure, output, start
from tests.local.test_ecs import SLEEP, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.aws import LocalAws


@pytest.fixture
def cluster(aws: LocalAws, name: str) -> Iterator[Cluster]:
    made = Cluster(aws, name)
    yield made
    for service in made.ecs.list_services(cluster=name)["serviceArns"]:
        made.ecs.delete_service(cluster=name, service=service, force=True)


def run_task(cluster: Cluster, definition: str, kind: str, **fields: object) -> dict[str, Any]:
    environment = [
        {"Name": "WORD", "Value": "{% $states.input.word %}"},
        {
            "Name": "TOKEN",
            "Value": "{% $exists($states.context.Task.Token) ? $states.context.Task.Token : '' %}",
        },
    ]
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::ecs:runTask.{kind}",
        "Arguments": {
            "Cluster": cluster.name,
            "TaskDefinition": definition,
            "LaunchType": "EC2",
            "Overrides": {"ContainerOverrides": [{"Name": "main", "Environment": environment}]},
        },
        **fields,
        **END,
    }


def test_a_task_that_exits_with_0_is_the_output_of_its_state(cluster: Cluster) -> None:
    definition = cluster.define(["sh", "-c", 'test "$WORD" = hello'])
    state = run_task(cluster, definition, "sync")
    task = output(cluster.aws, cluster.name, {"Run": state}, {"word": "hello"})
    assert task["TaskDefinitionArn"] == definition
    assert [container["ExitCode"] for container in task["Containers"]] == [0]
    assert isinstance(task["StoppedAt"], int)  # milliseconds


@pytest.mark.parametrize("command", [["sh", "-c", "exit 3"], ["no-such-program"]])
def test_a_task_that_fails_or_cannot_start_is_task_failed(
    cluster: Cluster, command: list[str]
) -> None:
    state = run_task(cluster, cluster.define(command), "sync")
    error, cause = failure(cluster.aws, cluster.name, {"Run": state}, {"word": "any"})
    assert error == "States.TaskFailed"
    task = json.loads(cause or "")
    assert task["LastStatus"] == "STOPPED"


def test_a_stopped_execution_stops_its_task(cluster: Cluster) -> None:
    state = run_task(cluster, cluster.define(SLEEP), "sync")
    machine = create(cluster.aws, cluster.name, "Run", {"Run": state})
    execution = start(cluster.aws, machine, {"word": "any"})
    arns = eventually(lambda: cluster.ecs.list_tasks(cluster=cluster.name)["taskArns"])
    cluster.aws.client("stepfunctions").stop_execution(executionArn=execution)
    assert cluster.stopped(arns[0])["stopCode"] == "UserInitiated"


def test_an_unknown_definition_is_an_error_of_ecs(cluster: Cluster) -> None:
    state = run_task(cluster, "no-such-definition", "sync")
    error, _ = failure(cluster.aws, cluster.name, {"Run": state}, {"word": "any"})
    assert (error or "").startswith("ECS.")


ANSWER = """
import os, boto3
boto3.client("stepfunctions").send_task_success(
    taskToken=os.environ["TOKEN"], output='"' + os.environ["WORD"] + '"'
)
"""


def test_a_task_answers_with_its_token(cluster: Cluster) -> None:
    definition = cluster.define([sys.executable, "-c", ANSWER])
    state = run_task(cluster, definition, "waitForTaskToken", TimeoutSeconds=60)
    assert output(cluster.aws, cluster.name, {"Run": state}, {"word": "hello"}) == "hello"


WORKER = '''
"""Doubles the number of every message; most of them at the second attempt only."""
import json, os
import boto3

sqs, states = boto3.client("sqs"), boto3.client("stepfunctions")
url, seen = os.environ["QUEUE_URL"], set()
while True:
    answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    for message in answer.get("Messages", []):
        body = json.loads(message["Body"])
        if body["number"] not in seen and body["number"] % 3:
            states.send_task_failure(taskToken=body["token"], error="Again", cause="first time")
        else:
            states.send_task_success(
                taskToken=body["token"], output=json.dumps({"doubled": body["number"] * 2})
            )
        seen.add(body["number"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
'''


def test_a_map_hands_its_items_to_a_service_through_a_queue(
    cluster: Cluster, tmp_path: Path
) -> None:
    url = cluster.aws.client("sqs").create_queue(QueueName=cluster.name)["QueueUrl"]
    program = tmp_path / "worker.py"
    program.write_text(WORKER)
    definition = cluster.define(
        [sys.executable, str(program)], environment=[{"name": "QUEUE_URL", "value": url}]
    )
    cluster.serve(definition, desiredCount=1)
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {
            "QueueUrl": url,
            "MessageBody": {
                "token": "{% $states.context.Task.Token %}",
                "number": "{% $states.input.number %}",
            },
        },
        "TimeoutSeconds": 60,
        "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 5, "MaxAttempts": 2}],
        "Output": "{% $states.result.doubled %}",
        **END,
    }
    each = {
        "Type": "Map",
        "Items": "{% $states.input.numbers %}",
        "ItemSelector": {"number": "{% $states.context.Map.Item.Value %}"},
        "MaxConcurrency": 4,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Ask",
            "States": {"Ask": ask},
        },
        "Output": {"sum": "{% $sum($states.result) %}", "all": "{% $states.result %}"},
        **END,
    }
    numbers = list(range(10))
    result = output(cluster.aws, cluster.name, {"Each": each}, {"numbers": numbers})
    assert result == {"sum": 90, "all": [number * 2 for number in numbers]}
