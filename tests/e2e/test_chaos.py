"""A short chaos run: whatever fails on the way, nothing is lost and nothing is done twice."""

from __future__ import annotations

import pytest

from commands.chaos import report
from commands.chaos.run import Request, run

pytestmark = pytest.mark.stack

REQUEST = Request(jobs=25, seed=4, patience_seconds=300)
ALWAYS_THERE = {
    "refuse",
    "break-before",
    "break-after",
    "end-caller",
    "double",
    "delay",
    "redeliver",
}
"""Drops and time-outs are rarer than one in so short a run."""


def test_nothing_is_lost_and_nothing_doubled_whatever_fails() -> None:
    verdict = run(REQUEST, print)  # raises Violated, with all that is

    told = report.document(REQUEST, verdict)
    assert sum(entry["count"] for entry in told["outcomes"]) == REQUEST.jobs
    assert {entry["kind"] for entry in told["faults"]} >= ALWAYS_THERE
