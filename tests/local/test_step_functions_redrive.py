"""RedriveExecution: an execution that ended badly goes on where it ended, as on AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import eventually
from tests.local.machines import END, create, ended, history, start

if TYPE_CHECKING:
    from local.aws import LocalAws


def token_task(queue: str, body: object, **fields: object) -> dict[str, Any]:
    """A state that waits until the test answers its token."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {
            "QueueUrl": queue,
            "MessageBody": {"token": "{% $states.context.Task.Token %}", "body": body},
        },
        **fields,
    }


@pytest.fixture
def queue(aws: LocalAws, name: str) -> str:
    url: str = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url


def asked(aws: LocalAws, queue: str) -> tuple[Any, str]:
    """The next message's body, and its token."""

    def receive() -> Any:  # noqa: ANN401 - any JSON
        answer = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1)
        return answer.get("Messages")

    (message,) = eventually(receive)
    aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    document = json.loads(message["Body"])
    return document["body"], document["token"]


def succeed(aws: LocalAws, token: str, output: object) -> None:
    aws.client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(output))


def fail(aws: LocalAws, token: str) -> None:
    aws.client("stepfunctions").send_task_failure(taskToken=token, error="Broken")


def redrive(aws: LocalAws, execution: str) -> None:
    aws.client("stepfunctions").redrive_execution(executionArn=execution)


def entered(aws: LocalAws, execution: str) -> list[str]:
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in history(aws, execution)
        if "stateEnteredEventDetails" in event
    ]


def test_the_failed_state_runs_again_with_its_input_and_variables(
    aws: LocalAws, name: str, queue: str
) -> None:
    states = {
        "First": {
            "Type": "Pass",
            "Assign": {"kept": "{% $states.input.value & '!' %}"},
            "Output": {"made": "{% $states.input.value %}"},
            "Next": "Ask",
        },
        "Ask": token_task(queue, "{% $states.input.made & $kept %}", **END),
    }
    execution = start(aws, create(aws, name, "First", states), {"value": "x"})
    body, token = asked(aws, queue)
    fail(aws, token)
    assert ended(aws, execution)["error"] == "Broken"

    redrive(aws, execution)
    again, second = asked(aws, queue)
    assert (body, again) == ("xx!", "xx!")
    succeed(aws, second, {"done": True})

    description = ended(aws, execution)
    assert (description["status"], description["output"]) == ("SUCCEEDED", '{"done":true}')
    assert "error" not in description
    assert (description["redriveCount"], description["executionArn"]) == (1, execution)
    assert entered(aws, execution) == ["First", "Ask", "Ask"]
    assert [e["type"] for e in history(aws, execution)].count("ExecutionRedriven") == 1


def test_a_map_runs_only_the_iterations_again_that_had_not_ended_well(
    aws: LocalAws, name: str, queue: str
) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Before",
        "States": {
            "Before": {
                "Type": "Pass",
                "Assign": {"number": "{% $states.input %}"},
                "Next": "Ask",
            },
            "Ask": token_task(queue, "{% $number %}", **END),
        },
    }
    states = {
        "Each": {"Type": "Map", "Items": [0, 1, 2], "ItemProcessor": processor, "Next": "Last"},
        "Last": {"Type": "Pass", **END},
    }
    execution = start(aws, create(aws, name, "Each", states))
    tokens = dict(asked(aws, queue) for _ in range(3))
    succeed(aws, tokens[0], "zero")
    eventually(lambda: [e for e in history(aws, execution) if e["type"] == "MapIterationSucceeded"])
    fail(aws, tokens[1])  # the third is aborted with it
    assert ended(aws, execution)["status"] == "FAILED"

    redrive(aws, execution)
    again = dict(asked(aws, queue) for _ in range(2))
    assert set(again) == {1, 2}
    for number, token in again.items():
        succeed(aws, token, f"again {number}")
    assert json.loads(ended(aws, execution)["output"]) == ["zero", "again 1", "again 2"]
    # Neither the state before the one that failed, nor what came before the Map, ran again.
    assert entered(aws, execution).count("Before") == 3
    assert entered(aws, execution).count("Ask") == 5


def test_a_map_that_is_reached_again_in_a_loop_begins_from_its_start(
    aws: LocalAws, name: str, queue: str
) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Ask",
        "States": {"Ask": token_task(queue, "{% $states.input %}", **END)},
    }
    states = {
        "Each": {"Type": "Map", "Items": [0, 1], "ItemProcessor": processor, "Next": "Enough?"},
        "Enough?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input[0] = 'enough' %}", "Next": "Done"}],
            "Default": "Each",
        },
        "Done": {"Type": "Succeed"},
    }
    execution = start(aws, create(aws, name, "Each", states))
    tokens = dict(asked(aws, queue) for _ in range(2))
    succeed(aws, tokens[0], "more")
    eventually(lambda: [e for e in history(aws, execution) if e["type"] == "MapIterationSucceeded"])
    fail(aws, tokens[1])
    ended(aws, execution)
    redrive(aws, execution)
    number, token = asked(aws, queue)
    assert number == 1
    succeed(aws, token, "more")
    tokens = dict(asked(aws, queue) for _ in range(2))
    assert set(tokens) == {0, 1}
    for token in tokens.values():
        succeed(aws, token, "enough")
    assert ended(aws, execution)["status"] == "SUCCEEDED"


def test_an_execution_that_was_stopped_goes_on_and_may_be_stopped_again(
    aws: LocalAws, name: str, queue: str
) -> None:
    states = aws.client("stepfunctions")
    execution = start(aws, create(aws, name, "Ask", {"Ask": token_task(queue, "?", **END)}))
    _, first = asked(aws, queue)
    states.stop_execution(executionArn=execution)
    redrive(aws, execution)
    _, second = asked(aws, queue)
    with pytest.raises(states.exceptions.TaskTimedOut):
        states.send_task_success(taskToken=first, output="1")
    states.stop_execution(executionArn=execution)
    assert ended(aws, execution)["status"] == "ABORTED"
    redrive(aws, execution)
    _, third = asked(aws, queue)
    succeed(aws, third, 3)
    description = ended(aws, execution)
    assert (description["output"], description["redriveCount"]) == ("3", 2)
    assert second not in {first, third}


@pytest.mark.parametrize("end", ["running", "succeeded"])
def test_only_what_ended_badly_can_be_redriven(aws: LocalAws, name: str, end: str) -> None:
    states = aws.client("stepfunctions")
    wait = {"Type": "Wait", "Seconds": 6000 if end == "running" else 0, **END}
    execution = start(aws, create(aws, name, "Wait", {"Wait": wait}))
    if end == "succeeded":
        ended(aws, execution)
    with pytest.raises(states.exceptions.ExecutionNotRedrivable):
        states.redrive_execution(executionArn=execution)
    assert states.describe_execution(executionArn=execution)["redriveStatus"] == "NOT_REDRIVABLE"
    states.stop_execution(executionArn=execution)
