"""From an execution's history to its states: when each was entered, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

StepStatus = Literal["running", "succeeded", "failed", "aborted"]

_MAP_NAMED: Final = frozenset(
    {
        "mapIterationStartedEventDetails",
        "mapIterationSucceededEventDetails",
        "mapIterationFailedEventDetails",
        "mapIterationAbortedEventDetails",
        "stateExitedEventDetails",
    }
)
"""What begins or ends an iteration of the Map state that it names, or leaves that state."""


class Iteration(NamedTuple):
    """One iteration of a Map state."""

    of: str
    number: int


@dataclass
class Step:
    """One run of a state.

    Attributes:
        name: of the state.
        iterations: those of the Map states around it, outermost first.
        entered: when.
        exited: when; None while it runs, and where it never did.
        status: what became of it.
        error: the name of the last error in it; it may have been retried.
        cause: of that error.
    """

    name: str
    iterations: tuple[Iteration, ...]
    entered: datetime
    exited: datetime | None = None
    status: StepStatus = "running"
    error: str = ""
    cause: str = ""


def steps(events: Iterable[HistoryEventTypeDef], *, running: bool) -> list[Step]:
    """Read an execution's states out of its events.

    Args:
        events: all of them, in their order.
        running: whether the execution still runs.
    """
    scopes: dict[int, tuple[Iteration, ...]] = {0: ()}
    found: list[Step] = []
    for event in events:
        kind = event["type"]
        scope = scopes[event["id"]] = _scope(event, scopes[event.get("previousEventId", 0)])
        inside = [step for step in found if step.iterations == scope and step.exited is None]
        if kind == "ExecutionRedriven":
            _end(found)
        elif kind.endswith("StateEntered"):
            step = Step(event["stateEnteredEventDetails"]["name"], scope, event["timestamp"])
            # A Fail state has no event that says how it ended.
            step.status = "failed" if kind == "FailStateEntered" else "running"
            found.append(step)
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            # The last one: an execution that was redriven has entered it before.
            step = next(step for step in reversed(inside) if step.name == name)
            step.exited, step.status = event["timestamp"], "succeeded"
        elif any(found_error := _error(event)) and inside:
            inside[-1].error, inside[-1].cause = found_error
    if not running:
        _end(found)
    return found


def _end(found: Sequence[Step]) -> None:
    """Say what became of the states that were not left when the execution ended."""
    # From within: a Map state fails with what it holds.
    for place, step in reversed(list(enumerate(found))):
        if step.status == "running":
            failed = bool(step.error or step.cause) or any(
                each.of == step.name
                for later in found[place:]
                if later.status == "failed"
                for each in later.iterations[len(step.iterations) :]
            )
            step.status = "failed" if failed else "aborted"


def _scope(event: HistoryEventTypeDef, before: tuple[Iteration, ...]) -> tuple[Iteration, ...]:
    details: Mapping[str, Any] = next(
        (cast("Mapping[str, Any]", value) for key, value in event.items() if key in _MAP_NAMED), {}
    )
    name = details.get("name", "")
    # The event before may lie in another iteration of the same Map state.
    outside = tuple(takewhile(lambda iteration: iteration.of != name, before))
    if event["type"] == "MapIterationStarted":
        return (*outside, Iteration(name, details["index"]))
    return outside


def _error(event: HistoryEventTypeDef) -> tuple[str, str]:
    """What an event says went wrong: an error's name and its cause."""
    for key, value in event.items():
        if key.endswith("EventDetails"):
            details = cast("Mapping[str, str]", value)
            return details.get("error", ""), details.get("cause", "")
    return "", ""
