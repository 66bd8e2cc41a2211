"""Status-change events of executions, which AWS sends to EventBridge and moto does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from local.events import publish
from local.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from local.context import Context

_DETAIL_TYPE: Final = "Step Functions Execution Status Change"


def install(context: Context) -> None:
    """Send an event on the default bus whenever an execution starts or ends."""
    del context

    def start(original: Callable[..., None], self: Execution) -> None:
        original(self)
        publish_status(self, ExecutionStatus.RUNNING.value)

    def terminated(original: Callable[..., None], self: BaseExecutionWorkerCommunication) -> None:
        original(self)
        publish_status(self.execution, self.execution.status)

    wrap(Execution, "start", start)
    wrap(BaseExecutionWorkerCommunication, "terminated", terminated)


def publish_status(execution: Execution, status: str) -> None:
    """Send the event that an execution has a status from this moment on."""
    publish("aws.states", _DETAIL_TYPE, _detail(execution, status), [execution.exec_arn])


def _detail(execution: Execution, status: str) -> dict[str, Any]:
    ended = status != ExecutionStatus.RUNNING.value
    succeeded = status == ExecutionStatus.SUCCEEDED.value
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date) if ended else None,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": to_json_str(execution.output, separators=(",", ":")) if succeeded else None,
        "outputDetails": {"included": True} if succeeded else None,
        "error": execution.error if ended else None,
        "cause": execution.cause if ended else None,
    }


def _milliseconds(date: datetime | None) -> int | None:
    return None if date is None else int(date.timestamp() * 1000)
