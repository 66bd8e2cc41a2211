"""Task tokens: one for each attempt of a task, and dead with it."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import ExecutionStatus, InvalidOutput, InvalidToken, TaskTimedOut
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E501 - moto's name
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackConsumerTimeout,
    CallbackEndpoint,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.patching import replace, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from local.context import Context

_answering = Lock()  # of two answers to one token, one wins


def install(context: Context) -> None:
    """Let a token live exactly as long as its attempt."""
    del context
    # AWS gives each retry its own token and kills a token with its attempt; moto re-uses
    # the token, its old outcome included.
    wrap(StateTaskServiceCallback, "_evaluate_with_timeout", _with_own_token)
    # AWS answers TaskTimedOut for a token whose task is over; moto answers InvalidToken,
    # or accepts a second outcome.
    replace(StepFunctionsParserBackend, "send_task_success", _send_task_success)
    replace(StepFunctionsParserBackend, "send_task_failure", _send_task_failure)
    replace(StepFunctionsParserBackend, "send_task_heartbeat", _send_task_heartbeat)
    # AWS takes a cause with the error; moto's API drops it.
    replace(StepFunctionResponse, "send_task_failure", _answer_send_task_failure)


def _with_own_token(
    original: Callable[..., None], self: StateTaskServiceCallback, env: Environment
) -> None:
    context = env.states.context_object
    data: Any = context.context_object_data
    if data.get("Task") and data["State"]["RetryCount"] > 0:
        env.callback_pool_manager.add(context.update_task_token())
    try:
        original(self, env)
    finally:
        if data.get("Task"):
            _close(env.callback_pool_manager.get(data["Task"]["Token"]))


def _close(endpoint: CallbackEndpoint | None) -> None:
    if endpoint is None:
        return
    with _answering:
        endpoint.report(CallbackConsumerTimeout())
    endpoint.interrupt_all()


def _living(backend: StepFunctionsParserBackend, token: str) -> CallbackEndpoint:
    for execution in backend._get_executions():
        env = execution.exec_worker.env
        endpoint: CallbackEndpoint | None = env.callback_pool_manager.get(token) if env else None
        if endpoint is None:
            continue
        over = endpoint.consumer_error or endpoint.get_outcome()
        if over or execution.exec_status != ExecutionStatus.RUNNING:
            raise TaskTimedOut(
                "Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut"
            )
        return endpoint
    raise InvalidToken


def _answer(backend: StepFunctionsParserBackend, outcome: CallbackOutcome) -> None:
    with _answering:
        _living(backend, outcome.callback_id).notify(outcome)


def _send_task_success(self: StepFunctionsParserBackend, task_token: str, outcome: str) -> None:
    try:
        json.loads(outcome)
    except ValueError as error:
        raise InvalidOutput(f"Invalid Output: '{error}'", "InvalidOutput") from error
    _answer(self, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))


def _send_task_failure(
    self: StepFunctionsParserBackend,
    task_token: str,
    error: str | None = None,
    cause: str | None = None,
) -> None:
    _answer(self, CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause))


def _send_task_heartbeat(self: StepFunctionsParserBackend, task_token: str) -> None:
    with _answering:
        _living(self, task_token).notify_heartbeat()


def _answer_send_task_failure(self: Any) -> ActionResult:
    self.stepfunction_backend.send_task_failure(
        self._get_param("taskToken"),
        error=self._get_param("error"),
        cause=self._get_param("cause"),
    )
    return EmptyResult()
