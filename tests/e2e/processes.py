"""Processes that a test has started, with all that they started themselves."""

from __future__ import annotations

import subprocess


def running() -> set[int]:
    """The ids of all processes that have not ended."""
    return set(_parents())


def descendants(process: int) -> set[int]:
    """A process and all that it started, and they in turn."""
    parents = _parents()
    found = {process}
    while grown := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= grown
    return found


def _parents() -> dict[int, int]:
    listing = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,stat="], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split() for line in listing.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}
