"""Retry, Catch, time-outs and the end of an inline Map, as AWS defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.machines import (
    END,
    create,
    ended,
    failure,
    history,
    intervals,
    output,
    run,
    start,
)

if TYPE_CHECKING:
    from local.aws import LocalAws

MISSING = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
    "Arguments": {"Bucket": "no-such-bucket", "Key": "key"},
    **END,
}
NO_BUCKET = "S3.NoSuchBucketException"
CAUGHT = {"Type": "Pass", "Output": "{% $states.input.Error %}", **END}


def each(states: dict[str, Any], items: object = "{% $states.input %}") -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"Type": "Map", "Items": items, "ItemProcessor": processor, **END}


def test_a_retry_waits_longer_each_time_and_then_gives_up(aws: LocalAws, name: str) -> None:
    retry = {"ErrorEquals": [NO_BUCKET], "IntervalSeconds": 3, "BackoffRate": 5, "MaxAttempts": 3}
    machine = create(aws, name, "Get", {"Get": {**MISSING, "Retry": [retry]}})
    execution = start(aws, machine)
    assert ended(aws, execution)["error"] == NO_BUCKET
    assert intervals(aws, execution) == [3, 15, 75]


def test_a_retry_keeps_its_longest_delay(aws: LocalAws, name: str) -> None:
    retry = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 4,
        "MaxDelaySeconds": 5,
        "MaxAttempts": 2,
    }
    machine = create(aws, name, "Get", {"Get": {**MISSING, "Retry": [retry]}})
    execution = start(aws, machine)
    ended(aws, execution)
    assert intervals(aws, execution) == [4, 5]


def test_full_jitter_waits_any_time_up_to_the_interval(aws: LocalAws, name: str) -> None:
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 9, "BackoffRate": 1}
    jitter = {**retry, "MaxAttempts": 4, "JitterStrategy": "FULL"}
    machine = create(aws, name, "Get", {"Get": {**MISSING, "Retry": [jitter]}})
    execution = start(aws, machine)
    ended(aws, execution)
    waited = intervals(aws, execution)
    assert all(0 <= seconds <= 9 for seconds in waited)
    assert len(set(waited)) == 4


def test_no_attempts_means_that_an_error_is_never_retried(aws: LocalAws, name: str) -> None:
    never = {"ErrorEquals": [NO_BUCKET], "MaxAttempts": 0}
    always = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}
    machine = create(aws, name, "Get", {"Get": {**MISSING, "Retry": [never, always]}})
    execution = start(aws, machine)
    assert ended(aws, execution)["error"] == NO_BUCKET
    assert intervals(aws, execution) == []


def test_task_failed_catches_the_error_of_any_task(aws: LocalAws, name: str) -> None:
    catch = {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}
    states = {"Get": {**MISSING, "Catch": [catch]}, "Caught": CAUGHT}
    assert output(aws, name, states) == NO_BUCKET


@pytest.fixture
def token_task(aws: LocalAws, name: str) -> dict[str, Any]:
    """A task that nobody answers."""
    url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {
            "QueueUrl": url,
            "MessageBody": {"token": "{% $states.context.Task.Token %}"},
        },
        **END,
    }


def test_a_state_times_out_in_real_time_and_task_failed_does_not_catch_it(
    aws: LocalAws, name: str, token_task: dict[str, Any]
) -> None:
    catches = [
        {"ErrorEquals": ["States.TaskFailed"], "Next": "Wrong"},
        {"ErrorEquals": ["States.Timeout"], "Next": "Caught"},
    ]
    states = {
        "Ask": {**token_task, "TimeoutSeconds": 1, "Catch": catches},
        "Wrong": {"Type": "Fail", "Error": "Wrong"},
        "Caught": CAUGHT,
    }
    assert output(aws, name, states) == "States.Timeout"


def test_an_execution_times_out_although_a_task_waits(
    aws: LocalAws, name: str, token_task: dict[str, Any]
) -> None:
    machine = create(aws, name, "Ask", {"Ask": token_task}, TimeoutSeconds=1)
    description = run(aws, machine)
    assert description["status"] == "TIMED_OUT"
    assert description["stopDate"] > description["startDate"]


def test_an_error_inside_a_map_fails_the_execution_by_its_own_name(
    aws: LocalAws, name: str
) -> None:
    fail = {"Type": "Fail", "Error": "Broken", "Cause": "{% 'item ' & $states.input %}"}
    assert failure(aws, name, {"Each": each({"Fail": fail}, [7])}) == ("Broken", "item 7")


def test_a_time_out_inside_a_map_stays_a_time_out(
    aws: LocalAws, name: str, token_task: dict[str, Any]
) -> None:
    inner = {**token_task, "TimeoutSeconds": 1}
    error, _ = failure(aws, name, {"Each": each({"Ask": inner}, [1])})
    assert error == "States.Timeout"


def test_a_failing_iteration_aborts_its_siblings(
    aws: LocalAws, name: str, token_task: dict[str, Any]
) -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "Wait"}],
            "Default": "Ask",
        },
        "Wait": {"Type": "Wait", "Seconds": 50, "Next": "Fail"},
        "Fail": {"Type": "Fail", "Error": "Broken"},
        "Ask": token_task,
    }
    machine = create(aws, name, "Each", {"Each": each(states, [0, 1, 2])})
    execution = start(aws, machine)
    assert ended(aws, execution)["error"] == "Broken"
    ends = [event["type"] for event in history(aws, execution)]
    assert ends.count("MapIterationAborted") == 2
    assert ends.count("MapIterationFailed") == 1
    assert ends[-2:] == ["MapStateFailed", "ExecutionFailed"]


def test_a_map_catches_the_error_of_an_iteration(aws: LocalAws, name: str) -> None:
    catch = {"ErrorEquals": ["Broken"], "Next": "Caught"}
    fail = {"Type": "Fail", "Error": "Broken"}
    states = {"Each": {**each({"Fail": fail}, [1, 2]), "Catch": [catch]}, "Caught": CAUGHT}
    assert output(aws, name, states) == "Broken"


def test_waits_are_shortened_and_logged_with_the_seconds_of_aws(aws: LocalAws, name: str) -> None:
    states = {
        "Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    }
    machine = create(aws, name, "Wait", states)
    execution = start(aws, machine, {"seconds": 60})
    assert ended(aws, execution)["status"] == "SUCCEEDED"
    assert intervals(aws, execution) == [60]
