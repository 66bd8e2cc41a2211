"""Faults of AWS, injected by a seeded plan, each as AWS's users would meet it.

    api         a call is throttled, its connection breaks before or after it took effect,
                or whoever called ends with its effect
    s3, events  an event is dropped, doubled or delayed
    sqs         a message is delivered once more while it is being worked on
    lambda      a function's time runs out early

Without a plan nothing is injected. Calls of functions, tasks and state machines are met, as are
requests that functions have signed for others; those of the operator are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.faults.injector import Injector
from local.faults.plan import Plan

if TYPE_CHECKING:
    from local.context import Context
    from local.faults.plan import Fault, Happening

_injector: Injector | None = None


def install(context: Context) -> None:
    """Read the plan before the other services are patched."""
    global _injector  # noqa: PLW0603 - moto's classes are the process's one AWS
    plan = Plan.read(context.faults) if context.faults else Plan(seed=0, rules=())
    _injector = Injector(plan, context.logs / "faults.jsonl")


def strike(happening: Happening) -> Fault | None:
    """Return the fault that meets a call or a delivery, logged; usually none."""
    return None if _injector is None else _injector.strike(happening)
