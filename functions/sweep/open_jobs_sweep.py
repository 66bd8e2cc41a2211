"""Goes on with the open jobs that were left lying: nobody works on them, or nobody tells."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe import jobs, keys, sweeping
from scribe.executions import ExecutionMissing

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from scribe.adapters.arrivals import Arrivals
    from scribe.adapters.job_data import JobData
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.open_jobs import OpenJob, OpenJobs
    from scribe.adapters.recordings import Recordings
    from scribe.adapters.status_events import StatusEvents
    from scribe.adapters.workflow import Workflow
    from scribe.jobs import Job
    from scribe.sweeping import Ended, Patience

    from functions.sweep.run import Run

MOST_KEYS: Final = 20_000
"""Of one of the index's partitions; a spike of 300,000 jobs leaves half as many in each."""
MOST_ROWS: Final = 200
"""Of one partition in one run. Where more are open, chance chooses, so that each comes up."""
MOST_WAITING: Final = 1000
"""Messages in the notifications queue beyond which none is added: theirs may be among them."""

_SHARE: Final = 0.6
"""Of a run's time."""


@dataclass(frozen=True)
class OpenJobsSweep:
    """Looks at open jobs that have not changed for a while, and repairs what is due.

    Attributes:
        open_jobs: which there are.
        jobs: where outcomes are written.
        recordings: whether an announced recording has arrived.
        arrivals: begins its job.
        data: drops the parts of one that will not come.
        workflow: how executions are.
        status_events: tells that one ended.
        patience: how long the platform's own ways are waited for.
        chance: in which order, and which of many.
    """

    open_jobs: OpenJobs
    jobs: JobsTable
    recordings: Recordings
    arrivals: Arrivals
    data: JobData
    workflow: Workflow
    status_events: StatusEvents
    patience: Patience
    chance: Random

    def sweep(self, run: Run, now: datetime) -> None:
        """Look at each partition of the index, as long as there is time.

        Raises:
            StorageUnavailable: the index cannot be read.
        """
        # In another order each time, so that none starves where the time does not suffice.
        for shard in self.chance.sample(jobs.OPEN_SHARDS, len(jobs.OPEN_SHARDS)):
            if not run.has_time(_SHARE):
                return
            for job in self.open_jobs.rows(self._some(shard, now)):
                if not run.has_time(_SHARE):
                    return
                with run.job(job["user_id"], job["job_id"]):
                    self._look_at(job, run, now)

    def _some(self, shard: str, now: datetime) -> list[OpenJob]:
        unchanged = self.open_jobs.unchanged(shard, until=now - self.patience.events)
        found = list(itertools.islice(unchanged, MOST_KEYS))
        return found if len(found) <= MOST_ROWS else self.chance.sample(found, MOST_ROWS)

    def _look_at(self, job: Job, run: Run, now: datetime) -> None:
        what = sweeping.look(job, now, self.patience)
        if what == "recording":
            self._look_for_recording(job, run, now)
        elif what == "execution":
            self._look_at_execution(job, run)
        elif what == "owner" and self._tell(job["execution_arn"], sweeping.as_ended(job), run):
            run.repaired("owner_told")

    def _look_for_recording(self, job: Job, run: Run, now: datetime) -> None:
        plan = job.get("upload")
        # Without a plan it is the inbox's, whose sweep finds its recording.
        source = self.recordings.find(plan["key"]) if plan else None
        if source is not None:
            upload = keys.upload_of(source["bucket"], source["key"], source["version_id"] or "")
            if upload is not None:
                self.arrivals.begin(upload, source)
                run.repaired("upload_started")
        elif sweeping.past_window(job, now, self.patience):
            last_part_at = self.recordings.last_part_at(plan) if plan else None
            if not sweeping.still_coming(last_part_at, now):
                self._expire(job, run)

    def _expire(self, job: Job, run: Run) -> None:
        # First the row: whoever completes the upload from here on is told that it expired.
        if self.jobs.expire(job["user_id"], job["job_id"])["status"] == "EXPIRED":
            run.repaired("upload_expired")
            self.data.abort_uploads(job["user_id"], job["job_id"])

    def _look_at_execution(self, job: Job, run: Run) -> None:
        if run.descriptions == 0:
            return
        run.descriptions -= 1
        try:
            status = self.workflow.describe(job["execution_arn"]).status
        except ExecutionMissing:
            if job["status"] != "QUEUED":
                raise  # it has worked: only the operators can know where it went
            self.arrivals.attempts.resume(job)
            run.repaired("attempt_started")
            return
        ended = sweeping.ended(status)
        if ended is not None and self._tell(job["execution_arn"], ended, run):
            run.repaired("end_told")

    def _tell(self, execution_arn: str, ended: Ended, run: Run) -> bool:
        if run.notices is None:
            run.notices = max(0, MOST_WAITING - self.status_events.waiting())
        if run.notices == 0:
            return False
        run.notices -= 1
        self.status_events.send(execution_arn, ended)
        return True
