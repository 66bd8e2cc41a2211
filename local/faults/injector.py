"""Asks the plan for each happening, on any thread, and keeps the log of what was struck."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from local.faults.plan import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from local.faults.plan import Fault, Happening, Plan


class Injector:
    """Decides on faults, one at a time.

    Args:
        plan: what is to go wrong.
        log: the file of one JSON line for each fault.
    """

    def __init__(self, plan: Plan, log: Path) -> None:
        self._tally = Tally(plan)
        self._log = log
        self._lock = Lock()

    def strike(self, happening: Happening) -> Fault | None:
        """Return the fault that meets a happening, logged; usually none."""
        with self._lock:
            fault = self._tally.next_fault(happening)
            if fault is not None:
                self._write(fault, happening)
        return fault

    def _write(self, fault: Fault, happening: Happening) -> None:
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "rule": fault.rule.name,
            "kind": fault.rule.kind,
            "number": fault.number,
            **asdict(happening),
        }
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
