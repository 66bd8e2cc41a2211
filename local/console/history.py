"""From an execution's history to its states: when each was entered, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

StepStatus = Literal["running", "succeeded", "failed", "aborted"]


@dataclass
class Step:
    """One run of a state.

    Attributes:
        name: of the state.
        iterations: those of the Map states around it, outermost first, such as `Chunks 3`.
        entered: when.
        exited: when; None while it runs, and where it never did.
        status: what became of it.
        error: the last error in it, with its cause; it may have been retried.
    """

    name: str
    iterations: tuple[str, ...]
    entered: datetime
    exited: datetime | None = None
    status: StepStatus = "running"
    error: str = ""


def steps(events: Iterable[HistoryEventTypeDef], *, running: bool) -> list[Step]:
    """Read an execution's states out of its events.

    Args:
        events: all of them, in their order.
        running: whether the execution still runs.
    """
    scopes: dict[int, tuple[str, ...]] = {0: ()}
    found: list[Step] = []
    open_steps: dict[tuple[str, ...], list[Step]] = {}
    for event in events:
        kind = event["type"]
        scope = scopes[event["id"]] = _scope(event, scopes[event.get("previousEventId", 0)])
        inside = open_steps.setdefault(scope, [])
        if kind.endswith("StateEntered"):
            step = Step(event["stateEnteredEventDetails"]["name"], scope, event["timestamp"])
            # A Fail state has no event that says how it ended.
            step.status = "failed" if kind == "FailStateEntered" else "running"
            found.append(step)
            inside.append(step)
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            step = next(step for step in inside if step.name == name)
            step.exited, step.status = event["timestamp"], "succeeded"
            inside.remove(step)
        elif kind == "MapStateFailed":
            inside[-1].status = "failed"
        elif (error := _error(event)) and inside:
            inside[-1].error = error
    if not running:
        for step in (step for inside in open_steps.values() for step in inside):
            step.status = "failed" if step.error or step.status == "failed" else "aborted"
    return found


def _scope(event: HistoryEventTypeDef, before: tuple[str, ...]) -> tuple[str, ...]:
    """The iterations around an event, given those around the one before it."""
    if event["type"] == "MapIterationStarted":
        details = event["mapIterationStartedEventDetails"]
        return (*before, f"{details['name']} {details['index']}")
    if event["type"] in {"MapIterationSucceeded", "MapIterationFailed", "MapIterationAborted"}:
        return before[:-1]
    return before


def _error(event: HistoryEventTypeDef) -> str:
    """What an event says went wrong: `Error: cause`."""
    for key, value in event.items():
        if key.endswith("EventDetails"):
            details = cast("Mapping[str, Any]", value)
            return ": ".join(details[part] for part in ("error", "cause") if details.get(part))
    return ""
