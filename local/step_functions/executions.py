"""Executions: how they start, stop and describe themselves."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import moto.stepfunctions.models as moto_models
from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)
from moto.stepfunctions.responses import StepFunctionResponse

from local.patching import replace, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

_STARTING_SECONDS: Final = 10.0  # the interpreter's own thread needs far less
_starting = Lock()  # of two starts with one name, one is the first


def install(context: Context) -> None:
    """Run every state machine with the interpreter, and name and end executions as AWS does."""
    del context
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    # CloudFormation makes machines in moto's other backend, which executes nothing.
    replace(moto_models, "stepfunctions_backends", stepfunctions_parser_backends)
    # AWS names an execution that came without a name; in moto all of these collide.
    wrap(StepFunctionsParserBackend, "start_execution", _start_execution)
    # AWS keeps the error and cause that StopExecution was given; moto drops them and
    # answers before it has stopped.
    replace(StepFunctionResponse, "stop_execution", _stop_execution)
    wrap(BaseExecutionWorkerCommunication, "_reflect_execution_status", _keep_stop_reason)
    # AWS gives a stop date to TIMED_OUT executions too, and a text as output in quotes.
    wrap(StepFunctionResponse, "describe_execution", _describe_execution)
    wrap(StepFunctionResponse, "list_executions", _list_executions)
    # AWS can give the newest events first, and only so many; moto always gives all.
    wrap(StepFunctionResponse, "get_execution_history", _get_execution_history)


def _start_execution(
    original: Callable[..., Execution],
    self: StepFunctionsParserBackend,
    state_machine_arn: str,
    name: str | None = None,
    *arguments: Any,
) -> Execution:
    with _starting:
        return original(self, state_machine_arn, name or str(uuid.uuid4()), *arguments)


def _stop_execution(self: Any) -> ActionResult:
    arn = self._get_param("executionArn")
    execution = self.stepfunction_backend.describe_execution(arn)
    stop_date = datetime.now(UTC)
    _wait(lambda: execution.exec_worker.env is not None)
    if execution.exec_status == ExecutionStatus.RUNNING:
        execution.stop(
            stop_date=stop_date, error=self._get_param("error"), cause=self._get_param("cause")
        )
        _wait(lambda: execution.exec_status != ExecutionStatus.RUNNING)
    return ActionResult({"stopDate": execution.stop_date or stop_date})


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _STARTING_SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def _keep_stop_reason(
    original: Callable[..., None], self: BaseExecutionWorkerCommunication
) -> None:
    original(self)
    worker: Any = self.execution.exec_worker
    state = worker.env.program_state()
    if isinstance(state, ProgramStopped):
        self.execution.error, self.execution.cause = state.error, state.cause


def _describe_execution(
    original: Callable[..., ActionResult],
    self: Any,
) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    response: Any = original(self).result
    response["inputDetails"] = execution.input_details
    if execution.stop_date is not None:
        response["stopDate"] = execution.stop_date
    if execution.exec_status == ExecutionStatus.SUCCEEDED:
        response["output"] = to_json_str(execution.output, separators=(",", ":"))
    return ActionResult(response)


def _list_executions(
    original: Callable[..., ActionResult],
    self: Any,
) -> ActionResult:
    response: Any = original(self).result
    for item in response["executions"]:
        execution = self.stepfunction_backend.describe_execution(item["executionArn"])
        if execution.stop_date is not None:
            item["stopDate"] = execution.stop_date
    return ActionResult(response)


def _get_execution_history(
    original: Callable[..., ActionResult],
    self: Any,
) -> ActionResult:
    response: Any = original(self).result
    events = response["events"]
    if self._get_param("reverseOrder"):
        events = events[::-1]
    return ActionResult({"events": events[: self._get_param("maxResults") or None]})
