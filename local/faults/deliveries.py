"""Injects faults into deliveries of events: dropped, doubled, delayed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ParamSpec

from local.background import start
from local.faults import strike

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.faults.plan import Happening

Arguments = ParamSpec("Arguments")


def deliver(
    happening: Happening,
    send: Callable[Arguments, object],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> None:
    """Send as the plan says: usually once and now."""
    fault = strike(happening)
    kind = None if fault is None else fault.rule.kind
    if kind in {None, "double"}:
        send(*args, **kwargs)
    if fault is None or kind not in {"double", "delay"}:
        return
    seconds = fault.seconds

    def send_late() -> None:
        time.sleep(seconds)
        send(*args, **kwargs)

    start(send_late)
