"""A job's row: its fields, the statuses it passes through, and when its owner must be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from scribe import ulid
from scribe.errors import Superseded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.shapes import ErrorReport, Figures, Language, LanguageChoice, Outcome, Source

Status = Literal["PENDING", "QUEUED", "PROCESSING", "COMPLETED", "FAILED", "EXPIRED", "DELETED"]

TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = {
    "PENDING": frozenset({"QUEUED", "EXPIRED", "DELETED"}),
    "QUEUED": frozenset({"PROCESSING", "FAILED", "DELETED"}),
    # A step that runs again writes what it wrote before.
    "PROCESSING": frozenset({"PROCESSING", "COMPLETED", "FAILED", "DELETED"}),
    "COMPLETED": frozenset({"DELETED"}),
    # A replay queues the job again; a redrive goes on in the same execution, either from
    # PrepareAudio or from a later step.
    "FAILED": frozenset({"QUEUED", "PROCESSING", "COMPLETED", "FAILED", "DELETED"}),
    # An upload that comes late is an upload all the same.
    "EXPIRED": frozenset({"QUEUED", "DELETED"}),
    "DELETED": frozenset(),
}
"""Which status may follow which."""

TOMBSTONE_SECONDS: Final = 15 * 24 * 3600
"""How long a deleted job's row refuses late writes: a redrive is possible for 14 days."""

OPEN_SHARDS: Final = tuple(ulid.ALPHABET)
"""All values of `open_shard`."""
TOMBSTONES: Final = "deleted"
"""The open-jobs index's partition of deleted jobs, until nothing of them can come any more; one
is enough for what the API lets through. It sorts after all others."""


class JobMissing(Exception):
    """There is no such row; the caller knows whether that is an error."""


class JobNotEnded(Exception):
    """The job is neither completed nor failed."""


class AttemptRefused(Exception):
    """The job admits no further attempt at this moment; the text says why, for operators."""


class NotificationBusy(Exception):
    """Another invocation is telling the owner at this moment; try again after its lease."""


class Notification(TypedDict):
    """What the owner was told, or is being told."""

    attempt: int
    outcome: Outcome
    state: Literal["SENDING", "SENT"]
    until: str | None
    """While SENDING: when the lease ends, as `timestamp` writes it."""
    message_id: str | None
    """None while SENDING, and where the owner has no address."""
    after_failure: bool
    """The owner may have been told of a failure before this outcome."""
    announced: bool
    """Whether the event about this outcome is on the bus for other systems."""


class Feedback(TypedDict):
    """What the owner thinks of the transcript."""

    rating: int
    """From 1 to 5."""
    comment: str | None
    at: str
    """When it was given, as `timestamp` writes it."""


class UploadPlan(TypedDict):
    """How a recording that was announced is uploaded to the audio bucket."""

    key: str
    content_type: str
    size_bytes: int
    part_bytes: int | None
    """The size of all parts but the last; None where the upload is one piece."""
    upload_id: str | None
    """S3's name of the upload in parts."""


class Job(TypedDict, total=False):
    """One row of the Jobs table; a field that is unknown is absent, never null."""

    user_id: str
    job_id: str
    status: Status
    attempt: int
    """0 until an execution is claimed."""
    file_name: str
    language: LanguageChoice
    ui_language: Language
    vocabulary: str
    """Absent where the owner gave none."""
    email: str
    """A verified address; absent for an owner without one, who gets no mail, and for the
    inbox, whose mails go to the deployer."""
    metadata: dict[str, str]
    """The owner's own labels, given back as they are; absent where there are none."""
    upload: UploadPlan
    """Absent for the inbox, whose recordings nobody announced."""
    created_at: str
    updated_at: str
    source: Source
    execution_arn: str
    chunk_count: int
    """In how many chunks the recording is transcribed; absent until it is cut."""
    transcribing_since: str
    """When the chunks were ready, as `timestamp` writes it; comes with `chunk_count`."""
    chunks_done: list[int]
    """The indices of the chunks that are transcribed, ascending; absent where there are none."""
    error: ErrorReport
    result: Figures
    """Of the assembled transcript, as the state `CompleteJob` stores them."""
    notification: Notification
    feedback: Feedback
    open_shard: str
    """The partition of the open-jobs index: `open_shard` while the job is not ended and told,
    `TOMBSTONES` for some hours after its deletion, absent otherwise."""
    expires_at: int
    """When DynamoDB drops the row, in seconds since 1970."""


@dataclass(frozen=True)
class NewJob:
    """What is known of a job before its recording has arrived."""

    user_id: str
    job_id: str
    file_name: str
    language: LanguageChoice
    ui_language: Language
    email: str | None
    vocabulary: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    upload: UploadPlan | None = None


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: two of them compare as their moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def open_shard(job_id: str) -> str:
    """The open-jobs index's partition for a job: one of 32, from the id's random part.

    A state machine can take the same with `$substring(job_id, 25)`.
    """
    return job_id[-1]


def may_become(target: Status) -> tuple[Status, ...]:
    """The statuses that `target` may follow, sorted."""
    return tuple(sorted(status for status, after in TRANSITIONS.items() if target in after))


def owned_by(job: Job | None, execution_arn: str) -> Job:
    """The job, if that execution is its current one.

    Raises:
        Superseded: the row is gone, deleted, or another execution's.
    """
    if job is None or job["status"] == "DELETED":
        raise Superseded("the job was deleted")
    if job.get("execution_arn") != execution_arn:
        raise Superseded(f"attempt {job['attempt']} owns the job")
    return job


def next_notification(job: Job, now: datetime, lease_seconds: int) -> Notification | None:
    """Decide whether the owner must be told how the job ended.

    Args:
        job: the row as it is.
        now: the present moment.
        lease_seconds: how long the caller may take to tell; longer than it can live.

    Returns:
        The lease to store before telling, or None where this outcome was told already.

    Raises:
        Superseded: the job has not ended, so that there is nothing to tell.
        NotificationBusy: another caller holds the lease. That holds for another outcome
            too: a mail about a failure must not arrive after the one about the success.
    """
    outcome = job["status"]
    if outcome not in ("COMPLETED", "FAILED"):
        raise Superseded(f"the job is {outcome}")
    last = job.get("notification")
    announced = False
    if last is not None:
        if last["until"] is not None and last["until"] > timestamp(now):
            raise NotificationBusy(f"told by another until {last['until']}")
        if (last["attempt"], last["outcome"]) == (job["attempt"], outcome):
            if last["state"] == "SENT":
                return None
            # Rows from before there were events lack it.
            announced = last.get("announced", False)
    return Notification(
        attempt=job["attempt"],
        outcome=outcome,
        state="SENDING",
        until=timestamp(now + timedelta(seconds=lease_seconds)),
        message_id=None,
        after_failure=last is not None and (last["outcome"] == "FAILED" or last["after_failure"]),
        announced=announced,
    )
