"""Step Functions: moto's interpreter with what AWS does and moto does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local.step_functions import (
    definitions,
    ecs_tasks,
    errors,
    events,
    executions,
    integrations,
    interruption,
    jsonata,
    redrive,
    tokens,
    waits,
)

if TYPE_CHECKING:
    from local.context import Context

# In this order: a later one wraps what an earlier one replaced.
_CONCERNS: Final = (
    definitions,
    jsonata,
    errors,
    waits,
    interruption,
    tokens,
    integrations,
    ecs_tasks,
    executions,
    events,
    redrive,
)


def install(context: Context) -> None:
    """Patch moto's Step Functions before its server starts."""
    for concern in _CONCERNS:
        concern.install(context)
