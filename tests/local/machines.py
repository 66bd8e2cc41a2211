"""State machines of the contract tests: made, started and followed through the public API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.local.conftest import ROLE_ARN, eventually

if TYPE_CHECKING:
    from local.aws import LocalAws

END = {"End": True}


def create(aws: LocalAws, name: str, start: str, states: dict[str, Any], **fields: object) -> str:
    """Make a JSONata state machine and return its ARN."""
    definition = {"QueryLanguage": "JSONata", "StartAt": start, "States": states, **fields}
    arn: str = aws.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE_ARN
    )["stateMachineArn"]
    return arn


def start(aws: LocalAws, machine: str, given: object = None, **arguments: object) -> str:
    """Start an execution and return its ARN."""
    execution: str = aws.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps(given or {}), **arguments
    )["executionArn"]
    return execution


def ended(aws: LocalAws, execution: str) -> dict[str, Any]:
    """Wait for the end of an execution and return its description."""

    def look() -> dict[str, Any]:
        found: dict[str, Any] = aws.client("stepfunctions").describe_execution(
            executionArn=execution
        )
        return {} if found["status"] == "RUNNING" else found

    return eventually(look)


def run(aws: LocalAws, machine: str, given: object = None) -> dict[str, Any]:
    """Start an execution and return its description when it has ended."""
    return ended(aws, start(aws, machine, given))


def output(aws: LocalAws, name: str, states: dict[str, Any], given: object = None) -> Any:  # noqa: ANN401 - any JSON
    """Run the states given, the first one first, and return the output of the execution."""
    machine = create(aws, name, next(iter(states)), states)
    description = run(aws, machine, given)
    assert description["status"] == "SUCCEEDED", description
    return json.loads(description["output"])


def failure(
    aws: LocalAws, name: str, states: dict[str, Any], given: object = None
) -> tuple[str | None, str | None]:
    """Run the states given, the first one first, and return the execution's error and cause."""
    machine = create(aws, name, next(iter(states)), states)
    description = run(aws, machine, given)
    assert description["status"] == "FAILED", description
    return description.get("error"), description.get("cause")


def history(aws: LocalAws, execution: str) -> list[dict[str, Any]]:
    """Return all events of an execution, the oldest first."""
    events: list[dict[str, Any]] = aws.client("stepfunctions").get_execution_history(
        executionArn=execution
    )["events"]
    return events


def intervals(aws: LocalAws, execution: str) -> list[float]:
    """Return the seconds that an execution's waits and retries would have lasted on AWS."""
    name = execution.rpartition(":")[2]
    log = aws.logs / "step-functions.log"
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [float(line.rpartition("seconds=")[2]) for line in lines if f"execution={name} " in line]
