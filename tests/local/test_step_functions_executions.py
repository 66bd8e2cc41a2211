"""Executions: names, listing, history, updates of the machine and status-change events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import ROLE_ARN, bodies, deploy, eventually
from tests.local.machines import END, create, ended, history, run, start

if TYPE_CHECKING:
    from local.aws import LocalAws

LONG = {"Wait": {"Type": "Wait", "Seconds": 6000, "Next": "Done"}, "Done": {"Type": "Succeed"}}
SHORT = {"Done": {"Type": "Succeed"}}


def test_a_start_with_the_name_and_input_of_a_running_execution_is_that_execution(
    aws: LocalAws, name: str
) -> None:
    states = aws.client("stepfunctions")
    arguments = {"stateMachineArn": create(aws, name, "Wait", LONG), "name": "one", "input": "{}"}
    first, again = states.start_execution(**arguments), states.start_execution(**arguments)
    assert (again["executionArn"], again["startDate"]) == (
        first["executionArn"],
        first["startDate"],
    )
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(**{**arguments, "input": '{"other": 1}'})
    states.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(**arguments)


def test_executions_without_a_name_get_one_each(aws: LocalAws, name: str) -> None:
    machine = create(aws, name, "Done", SHORT)
    first, second = (start(aws, machine) for _ in range(2))
    assert first != second
    assert ended(aws, first)["name"] == first.rpartition(":")[2]


def test_executions_are_listed_by_status(aws: LocalAws, name: str) -> None:
    states = aws.client("stepfunctions")
    machine = create(aws, name, "Wait", LONG)
    running, stopped = (start(aws, machine) for _ in range(2))
    states.stop_execution(executionArn=stopped)

    def listed(status: str) -> list[str]:
        found = states.list_executions(stateMachineArn=machine, statusFilter=status)
        return [execution["executionArn"] for execution in found["executions"]]

    assert (listed("RUNNING"), listed("ABORTED")) == ([running], [stopped])
    states.stop_execution(executionArn=running)


def test_the_history_shows_each_state_and_iteration_in_order(aws: LocalAws, name: str) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Inner",
        "States": {"Inner": {"Type": "Pass", **END}},
    }
    states = {
        "Outer": {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "Next": "Last"},
        "Last": {"Type": "Pass", **END},
    }
    execution = start(aws, create(aws, name, "Outer", states))
    ended(aws, execution)
    events = history(aws, execution)
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if "stateEnteredEventDetails" in event
    ]
    assert entered == ["Outer", "Inner", "Inner", "Last"]
    iterations = [event for event in events if event["type"] == "MapIterationStarted"]
    assert {event["mapIterationStartedEventDetails"]["index"] for event in iterations} == {0, 1}
    newest = aws.client("stepfunctions").get_execution_history(
        executionArn=execution, reverseOrder=True, maxResults=1
    )["events"]
    assert [event["type"] for event in newest] == ["ExecutionSucceeded"]


def test_an_update_of_the_stack_takes_effect_for_new_executions(aws: LocalAws, name: str) -> None:
    def machine(output: str) -> dict[str, Any]:
        states = {"Only": {"Type": "Pass", "Output": "${Said}", **END}}
        definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": states}
        return {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": name,
                "RoleArn": ROLE_ARN,
                "DefinitionString": {"Fn::Sub": [json.dumps(definition), {"Said": output}]},
            },
        }

    arn = {"Arn": {"Ref": "Machine"}}
    said = []
    for words in ("one", "two"):
        outputs = deploy(aws, name, {"Machine": machine(words)}, arn)
        said.append(run(aws, outputs["Arn"])["output"])
    assert said == ['"one"', '"two"']


def test_every_change_of_status_is_an_event_on_the_default_bus(aws: LocalAws, name: str) -> None:
    queue = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    machine = create(aws, name, "Fail", {"Fail": {"Type": "Fail", "Error": "E", "Cause": "C"}})
    events = aws.client("events")
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    queue_arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
        "Attributes"
    ]["QueueArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])
    description = run(aws, machine, {"a": 1})
    received: list[dict[str, Any]] = []

    def both() -> bool:
        received.extend(bodies(aws, name))
        return len(received) == 2

    eventually(both)
    by_status = {event["detail"]["status"]: event for event in received}
    failed = by_status["FAILED"]
    assert failed["detail-type"] == "Step Functions Execution Status Change"
    assert failed["resources"] == [description["executionArn"]]
    assert failed["detail"] == {
        "executionArn": description["executionArn"],
        "stateMachineArn": machine,
        "name": description["name"],
        "status": "FAILED",
        "startDate": int(description["startDate"].timestamp() * 1000),
        "stopDate": int(description["stopDate"].timestamp() * 1000),
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": None,
        "error": "E",
        "cause": "C",
    }
    running = by_status["RUNNING"]["detail"]
    assert (running["stopDate"], running["error"]) == (None, None)
