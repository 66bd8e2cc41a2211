"""Task tokens: one for each attempt, answered once, dead with their task."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import eventually
from tests.local.machines import END, create, ended, run, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws import LocalAws

RETRY = {"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 1}


class Asking:
    """A machine whose one task waits for a token sent through a queue."""

    def __init__(self, aws: LocalAws, name: str, **fields: object) -> None:
        self._aws = aws
        self._sqs = aws.client("sqs")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": {
                "QueueUrl": self.url,
                "MessageBody": {"token": "{% $states.context.Task.Token %}"},
            },
            **fields,
            **END,
        }
        self.machine = create(aws, name, "Ask", {"Ask": task})

    def token(self) -> str:
        """Take the next token out of the queue."""

        def receive() -> list[dict[str, Any]]:
            answer = self._sqs.receive_message(QueueUrl=self.url)
            return list(answer.get("Messages", []))

        (message,) = eventually(receive)
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        token: str = json.loads(message["Body"])["token"]
        return token


def code(call: Callable[..., object], **arguments: object) -> str:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return str(raised.value.response["Error"]["Code"])


def test_an_answer_is_the_output_of_the_task_and_a_second_one_is_refused(
    aws: LocalAws, name: str
) -> None:
    asking, states = Asking(aws, name), aws.client("stepfunctions")
    execution = start(aws, asking.machine)
    token = asking.token()
    states.send_task_heartbeat(taskToken=token)
    states.send_task_success(taskToken=token, output='{"a": "ñ"}')
    assert json.loads(ended(aws, execution)["output"]) == {"a": "ñ"}
    assert code(states.send_task_success, taskToken=token, output="1") == "TaskTimedOut"
    assert code(states.send_task_heartbeat, taskToken=token) == "TaskTimedOut"


def test_a_failure_brings_its_error_and_cause_to_the_execution(aws: LocalAws, name: str) -> None:
    asking = Asking(aws, name)
    execution = start(aws, asking.machine)
    aws.client("stepfunctions").send_task_failure(
        taskToken=asking.token(), error="Unreadable", cause="no sound in it"
    )
    description = ended(aws, execution)
    assert (description["error"], description["cause"]) == ("Unreadable", "no sound in it")


def test_a_retried_task_has_a_token_of_its_own(aws: LocalAws, name: str) -> None:
    asking, states = Asking(aws, name, Retry=[RETRY]), aws.client("stepfunctions")
    execution = start(aws, asking.machine)
    first = asking.token()
    states.send_task_failure(taskToken=first, error="Again")
    second = asking.token()
    assert second != first
    assert code(states.send_task_success, taskToken=first, output="1") == "TaskTimedOut"
    states.send_task_success(taskToken=second, output="2")
    assert ended(aws, execution)["output"] == "2"


def test_a_token_dies_with_the_time_out_of_its_task(aws: LocalAws, name: str) -> None:
    asking = Asking(aws, name, TimeoutSeconds=1)
    assert run(aws, asking.machine)["error"] == "States.Timeout"
    answer = aws.client("stepfunctions").send_task_success
    assert code(answer, taskToken=asking.token(), output="1") == "TaskTimedOut"


def test_a_missing_heartbeat_times_the_task_out(aws: LocalAws, name: str) -> None:
    asking = Asking(aws, name, HeartbeatSeconds=1)
    assert run(aws, asking.machine)["error"] == "States.Timeout"


def test_stopping_an_execution_kills_its_token_and_keeps_the_reason(
    aws: LocalAws, name: str
) -> None:
    asking, states = Asking(aws, name), aws.client("stepfunctions")
    execution = start(aws, asking.machine)
    token = asking.token()
    states.stop_execution(executionArn=execution, error="Replaced", cause="a newer one runs")
    description = states.describe_execution(executionArn=execution)
    assert description["status"] == "ABORTED"
    assert (description["error"], description["cause"]) == ("Replaced", "a newer one runs")
    assert code(states.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_what_was_never_a_token_is_invalid(aws: LocalAws) -> None:
    answer = aws.client("stepfunctions").send_task_success
    assert code(answer, taskToken="no-token", output="1") == "InvalidToken"
