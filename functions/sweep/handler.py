"""Finds what was lost on the way, and brings it back to the way that it would have taken.

Events of S3 and EventBridge are best effort, and any call may break off half way. This function
makes up for it: recordings without an execution, executions that ended unnoticed, owners who
were not told, uploads that never came, remains of deleted jobs.

Input: EventBridge's schedule, of which nothing is read. Output: what the run did, for whoever
invokes the function by hand. Two runs at once do no harm: each repair is a conditional write, or
a message that comes twice anyway.
"""

from __future__ import annotations

import functools
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions import runtime
from functions.sweep import composition
from functions.sweep.run import Run

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.sweep.composition import Sweeps


@runtime.entry_point
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sweep once."""
    del event
    run = Run(context.get_remaining_time_in_millis)
    try:
        sweep(_sweeps(), run, datetime.now(UTC))
    finally:
        _count(run)
    done = {
        "looked_at": run.looked_at,
        "repairs": dict(run.repairs),
        "failures": run.failures,
    }
    runtime.logger.info("swept", extra={"sweep": done})
    return done


def sweep(sweeps: Sweeps, run: Run, now: datetime) -> None:
    """Look at everything that may have been left lying, as of a moment."""
    sweeps.open_jobs.sweep(run, now)
    sweeps.tombstones.sweep(run, now)
    sweeps.inbox.sweep(run, now)


def _count(run: Run) -> None:
    for repair, times in run.repairs.items():
        with single_metric(name="SweepRepairs", unit=MetricUnit.Count, value=times) as metric:
            metric.add_dimension(name="repair", value=repair)
    if run.failures:
        with single_metric(name="SweepFailures", unit=MetricUnit.Count, value=run.failures):
            pass  # the count is the whole message


@functools.cache
def _sweeps() -> Sweeps:
    """Made at the first run, kept while the function is warm."""
    return composition.compose(os.environ)
