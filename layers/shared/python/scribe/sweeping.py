"""What is due for a job that nothing has happened to for a while; pure.

Every repair is made by the same conditional writes as the work itself, so that a decision that
is overtaken changes nothing; but none is proposed for a job that is well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from scribe.jobs import timestamp

if TYPE_CHECKING:
    from scribe.jobs import Job

Look = Literal["recording", "execution", "owner"]
"""What must be looked at to know: the recording in S3, the execution, or nothing more."""

Repair = Literal[
    "upload_started",  # the event about a recording that arrived was lost
    "upload_expired",  # the recording never came
    "attempt_started",  # an attempt was claimed, and its execution not started
    "end_told",  # an execution ended, and its event was lost
    "owner_told",  # a job ended, and the message about it was lost
    "deletion_finished",  # something was left of a deleted job, or came late
]

Ended = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]

TELLING: Final = timedelta(minutes=15)
"""How long after its lease's end a message about an ended job may still come again: the queue
hides it for six minutes, and each time it comes the lease is renewed."""

PART_PAUSE: Final = timedelta(hours=2)
"""An upload of which a part came within this time goes on: signed requests live for an hour."""


@dataclass(frozen=True)
class Patience:
    """How long the platform's own ways are waited for.

    Attributes:
        events: an event may take, with all that it sets in motion.
        work: a job at work may go without a change; it waits for workers meanwhile.
        uploads: a recording may take from its announcement to its arrival.
        deletions: something may still be stored of a deleted job: requests that were signed for
            uploads live for an hour, and a worker ends the chunk that it had begun.
    """

    events: timedelta
    work: timedelta
    uploads: timedelta
    deletions: timedelta


def look(job: Job, now: datetime, patience: Patience) -> Look | None:
    """Decide what to look at for a job; None where it is well as far as its row tells."""
    age = now - datetime.fromisoformat(job["updated_at"])
    if "open_shard" not in job or age < patience.events:
        return None
    status = job["status"]
    if status == "PENDING":
        return "recording"
    if status == "QUEUED" or (status == "PROCESSING" and age >= patience.work):
        return "execution"
    if status in ("COMPLETED", "FAILED") and not _being_told(job, now):
        return "owner"
    return None


def past_window(job: Job, now: datetime, patience: Patience) -> bool:
    """Whether a recording that is not there has taken longer than uploads may."""
    return now - datetime.fromisoformat(job["created_at"]) >= patience.uploads


def still_coming(last_part_at: datetime | None, now: datetime) -> bool:
    """Whether an upload goes on beyond that time: the last part of it, if any, came just now."""
    return last_part_at is not None and now - last_part_at < PART_PAUSE


def ended(status: str) -> Ended | None:
    """An execution's status, where it has ended."""
    return cast("Ended", status) if status in get_args(Ended) else None


def as_ended(job: Job) -> Ended:
    """The status of the execution of a job that is COMPLETED or FAILED, as far as is known."""
    return "SUCCEEDED" if job["status"] == "COMPLETED" else "FAILED"


def inbox_begins(job: Job | None) -> bool:
    """Whether the event about a recording that lies in the inbox was lost, from its job's row."""
    return job is None or (job["status"] in ("PENDING", "EXPIRED") and job["attempt"] == 0)


def _being_told(job: Job, now: datetime) -> bool:
    """Whether a message about the end is known to be under way: it holds or held the lease."""
    last = job.get("notification")
    return (
        last is not None and last["until"] is not None and last["until"] > timestamp(now - TELLING)
    )
