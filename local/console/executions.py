"""The executions of all state machines as pages: a list, and each with its states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from botocore.exceptions import ClientError

from local.console.failures import failure
from local.console.history import steps
from local.console.html import Markup, element, facts, link, page, table

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient

LISTED: Final = 200
"""So many of the newest are listed."""


class ExecutionPages:
    """The pages of one account.

    Args:
        client: of its Step Functions.
        root: the path of the list.
    """

    def __init__(self, client: SFNClient, root: str) -> None:
        self._client = client
        self._root = root

    def all(self) -> bytes:
        """The list of executions, newest first."""
        machines = self._client.get_paginator("list_state_machines").paginate()
        executions = [
            execution
            for machine_page in machines
            for machine in machine_page["stateMachines"]
            for found in self._client.get_paginator("list_executions").paginate(
                stateMachineArn=machine["stateMachineArn"]
            )
            for execution in found["executions"]
        ]
        executions.sort(key=lambda execution: execution["startDate"], reverse=True)
        rows = [
            (
                link(f"{self._root}/{quote(execution['executionArn'])}", execution["name"]),
                execution["stateMachineArn"].rpartition(":")[2],
                _status(execution["status"]),
                _moment(execution["startDate"]),
                _seconds(execution["startDate"], execution.get("stopDate")),
            )
            for execution in executions[:LISTED]
        ]
        titles = ("execution", "state machine", "status", "started", "seconds")
        return page("Executions", table(titles, rows), changes=True)

    def one(self, arn: str) -> bytes | None:
        """One execution with its states; None where there is no such execution."""
        try:
            execution = self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ExecutionDoesNotExist", "InvalidArn"}:
                return None
            raise
        running = execution["status"] == "RUNNING"
        about = facts(
            (
                ("Status", _status(execution["status"])),
                ("State machine", execution["stateMachineArn"].rpartition(":")[2]),
                ("Started", _moment(execution["startDate"])),
                ("Seconds", _seconds(execution["startDate"], execution.get("stopDate"))),
                ("Error", failure(execution.get("error"), execution.get("cause"))),
            )
        )
        return page(
            execution["name"],
            element("p", link(self._root, "Executions")),
            about,
            element("h2", "States"),
            self._states(arn, running=running),
            element("h2", "Input"),
            element("pre", _indented(execution.get("input"))),
            element("h2", "Output"),
            element("pre", _indented(execution.get("output"))),
            changes=running,
        )

    def _states(self, arn: str, *, running: bool) -> Markup:
        history = self._client.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for part in history for event in part["events"]]
        rows = [
            (
                step.name,
                ", ".join(f"{each.of} {each.number}" for each in step.iterations),
                _status(step.status),
                _moment(step.entered),
                _seconds(step.entered, step.exited),
                failure(step.error, step.cause),
            )
            for step in steps(events, running=running)
        ]
        return table(("state", "iteration", "status", "entered", "seconds", "last error"), rows)


def _status(status: str) -> Markup:
    return element("span", status.lower(), class_=status.lower())


def _moment(moment: datetime) -> str:
    return moment.astimezone().isoformat(" ", "seconds")


def _seconds(begin: datetime, end: datetime | None) -> str:
    return "" if end is None else f"{(end - begin).total_seconds():.1f}"


def _indented(document: str | None) -> str:
    return json.dumps(json.loads(document), indent=2, ensure_ascii=False) if document else ""
