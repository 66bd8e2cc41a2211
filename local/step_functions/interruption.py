"""An execution that ends takes everything in it along: waiting tasks and sibling iterations."""

from __future__ import annotations

import copy
import time
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import (
    EvalTimeoutError,
    TimeoutSeconds,
)
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (  # noqa: E501 - moto's name
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.job import JobPool
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import (
    StateParallel,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut

from local.patching import replace, wrap
from local.step_functions import redrive
from local.step_functions.waits import POLL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

_INLINE_CONCURRENCY: Final = 40  # iterations of an inline Map that AWS runs at a time
_SETTLE_SECONDS: Final = 5.0  # an aborted iteration needs a poll; more is a fault of ours


class ExecutionEnded(BaseException):
    """Unwinds a state whose execution ended; not an Exception, so that no Catch sees it."""


def install(context: Context) -> None:
    """End what waits inside an execution when the execution, or the Map around it, ends."""
    del context
    # AWS ends a stopped or timed-out execution at once; moto waits for its tasks, a task
    # token up to its own time-out.
    replace(ExecutionState, "_evaluate_with_timeout", _evaluate_with_timeout)
    for state in (ExecutionState, StateMap, StateParallel):
        wrap(state, "_eval_state", _unwind)
    # AWS aborts the siblings of an iteration that failed; moto lets them run on.
    replace(InlineIterationComponent, "_eval_body", _run_iterations)
    # On AWS an execution ends once; in moto a state that is just going on turns a stop or a
    # time-out into a failure.
    wrap(Environment, "set_error", _set_error)
    wrap(Program, "eval", _eval_program)
    # AWS's default time-out is 99999999 s; moto makes it 60 s where there is a heartbeat.
    replace(TimeoutSeconds, "_eval_seconds", _timeout_seconds)


def _timeout_seconds(self: TimeoutSeconds, env: Environment) -> int:
    del env
    return self.DEFAULT_TIMEOUT_SECONDS if self.is_default_value() else self.timeout_seconds


def _set_error(original: Callable[..., None], self: Environment, error: Any) -> None:
    if not isinstance(self.program_state(), ProgramStopped | ProgramTimedOut):
        original(self, error=error)


def _eval_program(original: Callable[..., None], self: Program, env: Environment) -> None:
    if not isinstance(env.program_state(), ProgramStopped | ProgramTimedOut):
        original(self, env)


def _unwind(original: Callable[..., None], self: ExecutionState, env: Environment) -> None:
    try:
        original(self, env)
    except ExecutionEnded:
        return


def _evaluate_with_timeout(self: ExecutionState, env: Environment) -> None:
    self.timeout.eval(env=env)
    timeout_seconds = env.stack.pop()
    frame = env.open_frame()
    frame.states.reset(input_value=env.states.get_input())
    frame.stack = copy.deepcopy(env.stack)
    work: Future[Any] = Future()
    Thread(target=_work, args=(self, frame, work), daemon=True).start()
    if _done_in_time(work, env, timeout_seconds):
        frame.set_ended()
    else:
        frame.set_stop(stop_date=datetime.now(UTC), error=None, cause=None)
    env.close_frame(frame)
    if not env.is_running():
        raise ExecutionEnded
    if not work.done():
        raise EvalTimeoutError
    _take_output(self, env, work.result())


def _work(state: ExecutionState, frame: Environment, work: Future[Any]) -> None:
    try:
        state._eval_execution(frame)
        work.set_result(frame.stack[-1])
    except (Exception, ExecutionEnded) as error:  # noqa: BLE001 - raised by whoever waits
        work.set_exception(error)


def _done_in_time(work: Future[Any], env: Environment, timeout_seconds: float) -> bool:
    end = time.monotonic() + timeout_seconds
    while env.is_running() and (left := end - time.monotonic()) > 0:
        if wait_for([work], timeout=min(left, POLL_SECONDS)).done:
            return True
    return work.done()


def _take_output(state: ExecutionState, env: Environment, output: Any) -> None:
    env.stack.append(output)
    if not state._is_language_query_jsonpath():
        env.states.set_result(output)
    if state.assign_decl:
        state.assign_decl.eval(env=env)
    if state.result_selector:
        state.result_selector.eval(env=env)
    if state.result_path:
        state.result_path.eval(env)
    else:
        env.states.reset(input_value=env.stack.pop())


def _run_iterations(self: InlineIterationComponent, env: Environment) -> None:
    eval_input = env.stack.pop()
    count = len(eval_input.input_items)
    pool = JobPool(job_program=self._get_iteration_program(), job_inputs=eval_input.input_items)
    redrive.begin_map(env, eval_input.state_name, pool)
    workers = [
        Thread(
            target=self._create_worker(env=env, eval_input=eval_input, job_pool=pool).eval,
            daemon=True,
        )
        for _ in range(min(count, eval_input.max_concurrency or count, _INLINE_CONCURRENCY))
    ]
    for worker in workers:
        worker.start()
    pool.await_jobs()
    failure = pool.get_worker_exception()
    if failure is not None:
        env.set_stop(stop_date=datetime.now(UTC), error=None, cause=None)
        for worker in workers:  # their last events stand before the Map's own
            worker.join(_SETTLE_SECONDS)
        raise failure
    env.stack.append([job.job_output for job in pool.get_closed_jobs()])
