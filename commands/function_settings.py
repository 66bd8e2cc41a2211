"""How the functions may run at once, as functions/*/function.yml says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands.resource_files import ROOT, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class FunctionSettings:
    """One function.

    Attributes:
        name: of its folder.
        memory_mb: of one run.
        timeout_seconds: of one run.
        reserved: concurrent runs that no other function may take; None where none are.
        at_once: the most runs that its queues start together; None where nothing limits them.
    """

    name: str
    memory_mb: int
    timeout_seconds: int
    reserved: int | None
    at_once: int | None


def all_functions(parameters: Mapping[str, str]) -> list[FunctionSettings]:
    """Read every function's settings.

    Args:
        parameters: of the stage, which stand in the place of `${param:…}`.
    """
    return [
        _settings(path.parent.name, read(path, parameters)["function"])
        for path in sorted((ROOT / "functions").glob("*/function.yml"))
    ]


def _settings(name: str, function: Mapping[str, Any]) -> FunctionSettings:
    return FunctionSettings(
        name,
        memory_mb=int(function["memorySize"]),
        timeout_seconds=int(function["timeout"]),
        reserved=_reserved(function.get("reservedConcurrency")),
        at_once=sum(_limits(function.get("events", ()))) or None,
    )


def _limits(events: list[dict[str, Any]]) -> Iterator[int]:
    for event in events:
        if isinstance(event, dict) and isinstance(queue := event.get("sqs"), dict):
            yield int(queue.get("maximumConcurrency", 0))


def _reserved(value: object) -> int | None:
    """Of `!If [condition, number, nothing]`, whose condition says that the number is not 0."""
    number = value[1] if isinstance(value, list) else value
    return int(str(number or 0)) or None
