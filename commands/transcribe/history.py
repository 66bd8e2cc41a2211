"""Reads how far an execution is, and what each state took, out of its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

STEPS: Final[Mapping[str, tuple[str, float]]] = {
    "PrepareAudio": ("preparing", 0.05),
    "DetectOnFleet": ("detecting the language", 0.15),
    "DetectOnTask": ("detecting the language", 0.15),
    "TranscribeChunks": ("transcribing", 0.2),
    "AssembleTranscript": ("assembling", 0.9),
    "CompleteJob": ("completing", 0.95),
}
"""The states that a person is told of, each with the share of the work that lies before it."""

_MAP: Final = "TranscribeChunks"
_MAP_SHARE: Final = STEPS["AssembleTranscript"][1] - STEPS[_MAP][1]
_ENDS: Final = frozenset(
    {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}
)


@dataclass(frozen=True)
class History:
    """What the history says so far.

    Attributes:
        step: what is being done, in words.
        done: the share of the work that is done, from 0 to 1.
        started: when the execution started.
        ended: when it ended, however it did.
        error: the name and the text of what failed it.
        seconds: what each of the told states took.
    """

    step: str = "waiting"
    done: float = 0.0
    started: datetime | None = None
    ended: datetime | None = None
    error: tuple[str, str] | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


def read(events: Sequence[HistoryEventTypeDef]) -> History:
    """Read the events of one execution, in their order."""
    started = [event["timestamp"] for event in events if event["type"] == "ExecutionStarted"]
    end = next((event for event in events if event["type"] in _ENDS), None)
    step, done = _position(events)
    return History(
        step=step,
        done=done,
        started=started[0] if started else None,
        ended=end["timestamp"] if end else None,
        error=_error(end) if end else None,
        seconds=_seconds(events),
    )


def _position(events: Sequence[HistoryEventTypeDef]) -> tuple[str, float]:
    entered = [name for event in events if (name := _entered(event)) in STEPS]
    if not entered:
        return History.step, History.done
    step, done = STEPS[entered[-1]]
    if entered[-1] == _MAP:
        kinds = [event["type"] for event in events]
        finished = kinds.count("MapIterationSucceeded")
        for event in events:
            if chunks := event.get("mapStateStartedEventDetails", {}).get("length"):
                return f"{step} {finished}/{chunks}", done + _MAP_SHARE * finished / chunks
    return step, done


def _seconds(events: Sequence[HistoryEventTypeDef]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    entered: dict[str, datetime] = {}
    for event in events:
        if (name := _entered(event)) in STEPS:
            entered[name] = event["timestamp"]
        name = event.get("stateExitedEventDetails", {}).get("name", "")
        if name in entered:
            took = (event["timestamp"] - entered.pop(name)).total_seconds()
            seconds[name] = seconds.get(name, 0.0) + took
    return seconds


def _entered(event: HistoryEventTypeDef) -> str:
    return event.get("stateEnteredEventDetails", {}).get("name", "")


def _error(end: HistoryEventTypeDef) -> tuple[str, str] | None:
    if end["type"] == "ExecutionSucceeded":
        return None
    details = (
        end.get("executionFailedEventDetails")
        or end.get("executionTimedOutEventDetails")
        or end.get("executionAbortedEventDetails")
        or {}
    )
    return details.get("error") or end["type"], details.get("cause") or ""
