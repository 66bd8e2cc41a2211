"""RedriveExecution, which moto lacks: an execution that ended badly goes on where it ended.

Each program, the state machine's own and that of each iteration of an inline Map, notes which
state it enters, with its input and its variables. A redrive begins each anew at the state that it
had entered last; iterations that had ended well keep their output.

A Parallel state and a distributed Map begin from their start; AWS leaves out what had ended well
in them too.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import (
    ExecutionNotRedrivable,
    ExecutionStatus,
    HistoryEventType,
)
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import (  # noqa: E501 - moto's name
    IterationWorker,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.responses import StepFunctionResponse

from local.background import start
from local.patching import add, replace, wrap
from local.step_functions import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.job import (
        Job,
        JobPool,
    )
    from moto.stepfunctions.parser.backend.execution import Execution

    from local.context import Context

Path = tuple[tuple[str, int], ...]
"""A program: () is the state machine itself; else Map states and iterations, outermost first."""

_ENDED_BADLY: Final = (
    ExecutionStatus.FAILED,
    ExecutionStatus.ABORTED,
    ExecutionStatus.TIMED_OUT,
)
_redriving = Lock()  # of two redrives at once, one is the first


@dataclass(frozen=True)
class _Entry:
    """A state as a program entered it."""

    state: str
    given: Any
    variables: dict[str, Any]


@dataclass
class _Progress:
    """How far an execution has come.

    Attributes:
        entered: the state that each program entered last.
        outputs: of iterations that ended well.
        resuming: the programs that are to begin at their last state.
        resumed_maps: the Map states that are to leave out what had ended well.
        redrives: the moments at which it was redriven.
    """

    entered: dict[Path, _Entry] = field(default_factory=dict)
    outputs: dict[Path, Any] = field(default_factory=dict)
    resuming: set[Path] = field(default_factory=set)
    resumed_maps: set[tuple[Path, str]] = field(default_factory=set)
    redrives: list[datetime] = field(default_factory=list)

    def forget_iterations(self, path: Path, state: str) -> None:
        """Let a Map state of a program begin from its start."""
        depth = len(path)
        for inner in [*self.entered, *self.outputs]:
            if inner[:depth] == path and len(inner) > depth and inner[depth][0] == state:
                self.entered.pop(inner, None)
                self.outputs.pop(inner, None)
                self.resuming.discard(inner)


@dataclass(frozen=True)
class _Place:
    """Where in an execution an environment belongs.

    Attributes:
        progress: of the execution.
        path: the program around it.
        of_program: whether the environment is that program's own.
    """

    progress: _Progress
    path: Path
    of_program: bool


def install(context: Context) -> None:
    """Note how far executions come, and answer RedriveExecution."""
    del context
    wrap(ExecutionWorker, "_get_evaluation_environment", _begin)
    original = Environment.as_inner_frame_of.__func__  # type: ignore[attr-defined]  # a classmethod's
    replace(Environment, "as_inner_frame_of", classmethod(_framing(original)))
    wrap(Program, "_eval_body", _run_program)
    wrap(CommonStateField, "_eval_body", _enter_state)
    wrap(IterationWorker, "_eval_job", _run_iteration)
    add(StepFunctionResponse, "redrive_execution", _redrive_execution)
    wrap(StepFunctionResponse, "describe_execution", _describe_execution)


def begin_map(env: Environment, state: str, pool: JobPool) -> None:
    """Take out of a Map state's iterations those that had ended well before a redrive."""
    place = _place(env)
    if place is None:
        return
    progress = place.progress
    if (place.path, state) not in progress.resumed_maps:
        progress.forget_iterations(place.path, state)
        return
    progress.resumed_maps.discard((place.path, state))
    for job in list(pool._open_jobs):
        path = (*place.path, (state, job.job_index))
        if path in progress.outputs:
            pool._open_jobs.remove(job)
            job.job_output = copy.deepcopy(progress.outputs[path])
            pool.close_job(job)


def _place(env: Environment) -> _Place | None:
    return vars(env).get("place")


def _set_place(env: Environment, place: _Place) -> None:
    vars(env)["place"] = place


def _begin(original: Callable[..., Environment], self: ExecutionWorker) -> Environment:
    env = original(self)
    _set_place(env, _Place(_Progress(), (), of_program=True))
    return env


def _framing(original: Callable[..., Environment]) -> Callable[..., Environment]:
    def as_inner_frame_of(
        cls: type[Environment], env: Environment, *args: Any, **kwargs: Any
    ) -> Environment:
        frame = original(cls, env, *args, **kwargs)
        if (place := _place(env)) is not None:
            _set_place(frame, _Place(place.progress, place.path, of_program=False))
        return frame

    return as_inner_frame_of


def _run_iteration(
    original: Callable[..., None], self: IterationWorker, env: Environment, job: Job
) -> None:
    place = _place(env)
    if place is None:
        original(self, env=env, job=job)
        return
    path = (*place.path, (self._work_name, job.job_index))
    _set_place(env, _Place(place.progress, path, of_program=True))
    original(self, env=env, job=job)
    if not isinstance(job.job_output, Exception):
        place.progress.outputs[path] = copy.deepcopy(job.job_output)


def _run_program(original: Callable[..., None], self: Program, env: Environment) -> None:
    place = _place(env)
    if place is not None and place.of_program and place.path in place.progress.resuming:
        place.progress.resuming.discard(place.path)
        entry = place.progress.entered[place.path]
        place.progress.resumed_maps.add((place.path, entry.state))
        env.next_state_name = entry.state
        env.states.reset(input_value=entry.given)
        for name, value in entry.variables.items():
            env.variable_store.set(name, copy.deepcopy(value))
        env.variable_store.reset_tracing()
    original(self, env)


def _enter_state(original: Callable[..., None], self: CommonStateField, env: Environment) -> None:
    place = _place(env)
    if place is not None and place.of_program:
        variables = copy.deepcopy(env.variable_store._inner_scope)
        place.progress.entered[place.path] = _Entry(self.name, env.states.get_input(), variables)
    original(self, env)


def _redrive_execution(self: Any) -> ActionResult:
    arn = self._get_param("executionArn")
    execution: Execution = self.stepfunction_backend.describe_execution(arn)
    with _redriving:
        if execution.exec_status not in _ENDED_BADLY:
            raise ExecutionNotRedrivable(
                f"Execution is not redrivable: '{arn}'", "ExecutionNotRedrivable"
            )
        return ActionResult({"redriveDate": _redrive(execution)})


def _redrive(execution: Execution) -> datetime:
    before: Any = execution.exec_worker.env  # type: ignore[union-attr]  # it has run
    worker = execution._get_start_execution_worker()
    env = worker._get_evaluation_environment()
    # The history goes on, and the tokens of the earlier run stay dead.
    env.event_manager = before.event_manager
    env.callback_pool_manager = before.callback_pool_manager
    progress = vars(before)["place"].progress
    _set_place(env, _Place(progress, (), of_program=True))
    progress.resuming = progress.entered.keys() - progress.outputs.keys()
    progress.resumed_maps.clear()
    moment = datetime.now(UTC)
    progress.redrives.append(moment)
    env.next_state_name = ""  # it runs from here on
    worker.env = env
    execution.exec_worker = worker
    execution.stop_date = execution.error = execution.cause = None
    execution.exec_status = ExecutionStatus.RUNNING
    events.publish_status(execution, ExecutionStatus.RUNNING.value)
    start(_go_on, worker, len(progress.redrives))
    return moment


def _go_on(worker: ExecutionWorker, count: int) -> None:
    env: Any = worker.env
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.ExecutionRedriven,
        event_details={"executionRedrivenEventDetails": {"redriveCount": count}},
    )
    worker._get_evaluation_entrypoint().eval(env)
    worker._execution_communication.terminated()


def _describe_execution(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    response: Any = original(self).result
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    env = execution.exec_worker.env
    redrives = vars(env)["place"].progress.redrives if env is not None else []
    redrivable = execution.exec_status in _ENDED_BADLY
    response |= {
        "redriveCount": len(redrives),
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
    }
    if redrives:
        response["redriveDate"] = redrives[-1]
    return ActionResult(response)
