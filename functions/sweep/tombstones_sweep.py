"""Deletes what came late of deleted jobs, and finishes deletions that broke off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe import jobs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from scribe.adapters.deletion import Deletion
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.open_jobs import OpenJob, OpenJobs
    from scribe.jobs import Job
    from scribe.sweeping import Patience

    from functions.sweep.run import Run

_SHARE: Final = 0.8
"""Of a run's time, together with the open jobs."""


@dataclass(frozen=True)
class TombstonesSweep:
    """Looks at each tombstone soon after the deletion, and when nothing can come any more.

    Attributes:
        open_jobs: which tombstones there are.
        jobs: where they are closed.
        deletion: what deletes.
        patience: how long something may come.
    """

    open_jobs: OpenJobs
    jobs: JobsTable
    deletion: Deletion
    patience: Patience

    def sweep(self, run: Run, now: datetime) -> None:
        """Look at the tombstones that are due, as long as there is time.

        Raises:
            StorageUnavailable: the index cannot be read.
        """
        events, last = self.patience.events, now - self.patience.deletions
        due = self.open_jobs.unchanged(jobs.TOMBSTONES, until=last)
        self._finish(due, run, close=True)
        # For as long as an event may take, so that a run comes by.
        early = self.open_jobs.unchanged(
            jobs.TOMBSTONES, since=max(last, now - 2 * events), until=now - events
        )
        self._finish(early, run, close=False)

    def _finish(self, found: Iterator[OpenJob], run: Run, *, close: bool) -> None:
        while run.has_time(_SHARE) and run.descriptions > 0 and (key := next(found, None)):
            for tombstone in self.open_jobs.rows([key]):
                with run.job(key.user_id, key.job_id):
                    self._finish_one(tombstone, run, close=close)

    def _finish_one(self, tombstone: Job, run: Run, *, close: bool) -> None:
        if "execution_arn" in tombstone:
            run.descriptions -= 1
        if self.deletion.finish(tombstone):
            run.repaired("deletion_finished")
        if close:
            self.jobs.close_tombstone(tombstone["user_id"], tombstone["job_id"])
