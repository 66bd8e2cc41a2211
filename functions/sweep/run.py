"""One run of the sweep: what it may still do, what it did, and what did not work."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scribe.adapters.status_events import QueueUnavailable
from scribe.errors import ScribeError, Superseded
from scribe.executions import ExecutionMissing, WorkflowUnavailable
from scribe.jobs import JobMissing

from functions import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scribe.sweeping import Repair

MOST_DESCRIPTIONS: Final = 400
"""Executions that one run looks at. Step Functions answers 15 a second, and 300 more at once;
`notify`, the API and operators need them too."""

_OVERTAKEN: Final = (JobMissing, Superseded)
_FAILED: Final = (ScribeError, WorkflowUnavailable, ExecutionMissing, QueueUnavailable)


@dataclass
class Run:
    """One run.

    Attributes:
        remaining_ms: the time that the function has left, in milliseconds.
        reserve_ms: the part of it that is not to be begun: the longest that one call may take.
        descriptions: how many executions may still be looked at.
        notices: how many messages to `notify` there is room for; None until it is asked.
        looked_at: rows, tombstones, and recordings without a job.
        repairs: how often each was made.
        failures: how many jobs could not be looked at or repaired; the next run tries again.
    """

    remaining_ms: Callable[[], int]
    reserve_ms: int = 45_000
    descriptions: int = MOST_DESCRIPTIONS
    notices: int | None = None
    looked_at: int = 0
    repairs: Counter[Repair] = field(default_factory=Counter)
    failures: int = 0

    def __post_init__(self) -> None:
        """Take the time that there is as the whole."""
        self._whole_ms = max(0, self.remaining_ms() - self.reserve_ms)

    def has_time(self, until: float) -> bool:
        """Whether the run may go on.

        Args:
            until: the share of the whole time after which it may not, from 0 to 1.
        """
        left_ms = self.remaining_ms() - self.reserve_ms
        return left_ms > self._whole_ms * (1 - until)

    @contextmanager
    def job(self, user_id: str, job_id: str) -> Iterator[None]:
        """Look at one job: what fails for it does not keep the run from the others."""
        self.looked_at += 1
        with runtime.logger.append_context_keys(user_id=user_id, job_id=job_id):
            try:
                yield
            except _OVERTAKEN as reason:
                runtime.logger.info("somebody was faster: %s", reason)
            except _FAILED as error:
                self.failures += 1
                runtime.logger.warning("not repaired: %s: %s", type(error).__name__, error)

    def repaired(self, repair: Repair) -> None:
        """Count a repair; inside of `job`."""
        self.repairs[repair] += 1
        runtime.logger.info("repaired: %s", repair)
