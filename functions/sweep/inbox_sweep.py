"""Begins the jobs of recordings in the inbox whose events were lost: they have no row to find."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from scribe import keys, sweeping
from scribe.adapters.open_jobs import OpenJob
from scribe.adapters.storage import ObjectMissing
from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scribe.adapters.arrivals import Arrivals
    from scribe.adapters.open_jobs import OpenJobs
    from scribe.adapters.recordings import Arrived, Position, Recordings
    from scribe.adapters.storage import Storage
    from scribe.keys import Upload
    from scribe.shapes import ObjectReference, Source
    from scribe.sweeping import Patience

    from functions.sweep.run import Run

HORIZON: Final = timedelta(days=7)
"""How far back events are made up for. A deleted job's row must be there for as long."""
MOST_PAGES: Final = 20
"""Of a thousand recordings each; the next run goes on where this one ended."""


@dataclass(frozen=True)
class InboxSweep:
    """Compares the inbox with the rows of its jobs.

    Attributes:
        recordings: what lies in the inbox.
        open_jobs: reads the rows.
        arrivals: begins jobs.
        storage: keeps how far the inbox has been read.
        work_bucket: where.
        patience: how long an event may take.
    """

    recordings: Recordings
    open_jobs: OpenJobs
    arrivals: Arrivals
    storage: Storage
    work_bucket: str
    patience: Patience

    def sweep(self, run: Run, now: datetime) -> None:
        """Look at the inbox, as long as there is time.

        Raises:
            StorageUnavailable: it, or the rows, cannot be read.
        """
        began_at = position = self._position()
        for _ in range(MOST_PAGES):
            if not run.has_time(1):
                break
            try:
                page, position = self.recordings.inbox(position)
            except StorageUnavailable:
                # A position that S3 does not understand must not hold up every run.
                self._keep({})
                raise
            self._begin_missing(page, run, now)
            if not position:
                break
        if position != began_at:
            self._keep(position)

    def _begin_missing(self, page: Sequence[Arrived], run: Run, now: datetime) -> None:
        due = [a for a in page if now - HORIZON <= a.at <= now - self.patience.events]
        uploads = {
            OpenJob(upload.user_id, upload.job_id): (upload, arrived.source)
            for arrived in due
            if (upload := _upload(arrived.source)) is not None
        }
        rows = {OpenJob(job["user_id"], job["job_id"]): job for job in self.open_jobs.rows(uploads)}
        lost = [(k, found) for k, found in uploads.items() if sweeping.inbox_begins(rows.get(k))]
        for key, (upload, source) in lost:
            if not run.has_time(1):
                return
            with run.job(key.user_id, key.job_id):
                self.arrivals.begin(upload, source)
                run.repaired("upload_started")

    def _position(self) -> Position:
        try:
            position: Position = json.loads(self.storage.read_bytes(self._reference()))
        except ObjectMissing:
            return {}
        return position

    def _keep(self, position: Position) -> None:
        body = json.dumps(position).encode()
        self.storage.write_bytes(self._reference(), body, content_type="application/json")

    def _reference(self) -> ObjectReference:
        return {"bucket": self.work_bucket, "key": keys.SWEEP_POSITION}


def _upload(source: Source) -> Upload | None:
    return keys.upload_of(source["bucket"], source["key"], source["version_id"] or "")
