"""From an ended execution to one event and one mail: what is true of the job, and no more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from scribe import executions, job_events, keys, mail, schemas
from scribe.adapters.workflow import Execution
from scribe.errors import ShapeInvalid, Superseded
from scribe.mail import Download

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.adapters.event_bus import EventBus
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.mailer import Mailer
    from scribe.adapters.notification_claims import NotificationClaims
    from scribe.adapters.signed_links import SignedLinks
    from scribe.adapters.storage import Storage
    from scribe.adapters.workflow import Workflow
    from scribe.jobs import Job
    from scribe.keys import TranscriptFormat
    from scribe.mail import Mail

_UNNAMED: Final = {"TIMED_OUT": "TimedOut", "ABORTED": "Aborted", "FAILED": "Unknown"}
"""The error's name by status, where Step Functions gives none or gives its own."""

_ENDS: Final = frozenset({"SUCCEEDED", *_UNNAMED})

_OFFERED: Final[tuple[TranscriptFormat, ...]] = ("txt", "srt", "vtt", "json")


class NothingToTell(Exception):
    """There is nothing to tell, or nothing more; the text says why."""


@dataclass(frozen=True)
class Notifier:
    """Tells owners, and other systems, how jobs ended.

    Attributes:
        jobs: where failures are recorded.
        claims: where the right to tell an outcome is had, and its use recorded.
        workflow: what knows the executions' real state.
        storage: where the transcripts lie, for the preview.
        links: makes the download addresses.
        events: tells other systems.
        mailer: sends the mails.
        transcripts_bucket: the bucket of the transcripts.
        default_recipient: the deployer's address, for recordings from the inbox.
        lease_seconds: for how long the right to tell an owner is had: longer than an invocation
            can live, and shorter than the queue's visibility time-out.
    """

    jobs: JobsTable
    claims: NotificationClaims
    workflow: Workflow
    storage: Storage
    links: SignedLinks
    events: EventBus
    mailer: Mailer
    transcripts_bucket: str
    default_recipient: str
    lease_seconds: int

    def tell(self, event: Mapping[str, Any]) -> None:
        """Act on one `status-event`.

        Raises:
            NothingToTell: the execution is no job's, goes on, or its outcome was told.
            Superseded: the job was deleted, or belongs to a later execution.
            NotificationBusy: another invocation tells the owner at this moment.
            EventRefused: the event bus did not accept the event.
            MailRefused: the mail service did not accept the mail.
            FetchFailed: the key that signs the download addresses cannot be had.
        """
        detail = event["detail"]
        execution_arn = detail["executionArn"]
        if executions.job_of(execution_arn) is None:
            raise NothingToTell("the execution is no job's")
        # As it is now: events come late, twice and in any order.
        execution = _succeeded(detail) or self.workflow.describe(execution_arn)
        if execution.status not in _ENDS:
            raise NothingToTell("the execution was redriven; its own end will be told")
        user_id, job_id = _owner(execution)
        if execution.status != "SUCCEEDED":
            self._record_failure(user_id, job_id, execution_arn, execution)
        job = self.claims.claim(
            user_id, job_id, execution_arn=execution_arn, lease_seconds=self.lease_seconds
        )
        if job is None:
            raise NothingToTell("this outcome was told already")
        # First the event, which is known to be on the bus before a mail may be refused for hours.
        job = self._announce(job, execution)
        recipient = self._recipient(job)
        message_id = None if recipient is None else self._send(job, recipient)
        self.claims.record_notification(job, message_id=message_id)

    def _record_failure(
        self, user_id: str, job_id: str, execution_arn: str, execution: Execution
    ) -> None:
        name = _error_name(execution)
        if name == Superseded.__name__:
            raise Superseded("the execution ended because another one owns the job")
        self.jobs.fail(
            user_id,
            job_id,
            execution_arn=execution_arn,
            error_name=name,
            message=_message(execution.cause or "")[:1000],
        )

    def _announce(self, job: Job, execution: Execution) -> Job:
        """Tell other systems, unless an earlier lease's holder did."""
        if job["notification"]["announced"]:
            return job
        # Told with a later moment rather than not told at all.
        ended_at = execution.stopped_at or datetime.fromisoformat(job["updated_at"])
        event = job_events.of_job(
            job, ended_at=ended_at, transcripts_bucket=self.transcripts_bucket
        )
        schemas.validate("job-event", event)
        self.events.put(job_events.DETAIL_TYPES[event["outcome"]], event)
        return self.claims.record_announcement(job)

    def _recipient(self, job: Job) -> str | None:
        """The owner's address; the deployer never gets the transcript of a user without one."""
        return self.default_recipient if job["user_id"] == keys.INBOX else job.get("email")

    def _send(self, job: Job, recipient: str) -> str:
        outcome = job["notification"]["outcome"]
        content = self._about_transcript(job) if outcome == "COMPLETED" else mail.failed(job)
        return self.mailer.send(
            recipient,
            content,
            tags={"outcome": outcome, "job_id": job["job_id"]},
        )

    def _about_transcript(self, job: Job) -> Mail:
        # A transcript that is missing belongs to a job that is being deleted: the message
        # comes again, and finds the tombstone.
        owner = job["user_id"], job["job_id"]
        transcript = self.storage.read_bytes(
            {"bucket": self.transcripts_bucket, "key": keys.transcript(*owner, "txt")}
        )
        links = {fmt: self.links.to(keys.transcript(*owner, fmt)) for fmt in _OFFERED}
        return mail.completed(
            job,
            transcript.decode(),
            [Download(fmt, link.url) for fmt, link in links.items()],
            min(link.ends_at for link in links.values()),
        )


def _succeeded(detail: Mapping[str, Any]) -> Execution | None:
    """The execution that an event tells of, where it need not be asked for.

    A success is final: it cannot be redriven, and CompleteJob has written it.
    """
    told, stopped_ms = detail.get("input"), detail.get("stopDate")
    if detail["status"] != "SUCCEEDED" or told is None or stopped_ms is None:
        return None
    stopped_at = datetime.fromtimestamp(stopped_ms / 1000, UTC)
    return Execution("SUCCEEDED", input=told, error=None, cause=None, stopped_at=stopped_at)


def _owner(execution: Execution) -> tuple[str, str]:
    try:
        document = json.loads(execution.input)
    except ValueError as error:
        raise ShapeInvalid("the execution's input is no JSON") from error
    schemas.validate("execution-input", document)
    return document["user_id"], document["job_id"]


def _error_name(execution: Execution) -> str:
    """What happened, by the name that the texts know; the cause says the rest."""
    if execution.status != "FAILED":
        return _UNNAMED[execution.status]
    return execution.error or _UNNAMED["FAILED"]


def _message(cause: str) -> str:
    """The cause in a sentence; that of a function is a document with its stack trace."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, TypeError, LookupError):
        return cause
