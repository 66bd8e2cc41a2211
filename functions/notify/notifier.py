"""From an ended execution to one mail: what is true of the job is told, whatever events say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scribe import executions, keys, mail, schemas
from scribe.errors import ShapeInvalid, Superseded
from scribe.mail import Download

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.mailer import Mailer
    from scribe.adapters.signed_links import SignedLinks
    from scribe.adapters.storage import Storage
    from scribe.adapters.workflow import Execution, Workflow
    from scribe.jobs import Job
    from scribe.keys import TranscriptFormat
    from scribe.mail import Mail

LEASE_SECONDS: Final = 120
"""Longer than an invocation can live, and shorter than the queue's visibility time-out."""

_UNNAMED: Final = {"TIMED_OUT": "TimedOut", "ABORTED": "Aborted", "FAILED": "Unknown"}
"""The error's name by status, where Step Functions gives none or gives its own."""

_OFFERED: Final[tuple[TranscriptFormat, ...]] = ("txt", "srt", "vtt", "json")


class NothingToTell(Exception):
    """The event asks for no mail; the text says why."""


@dataclass(frozen=True)
class Notifier:
    """Tells owners how their jobs ended.

    Attributes:
        jobs: where outcomes are recorded and the right to tell them is claimed.
        workflow: what knows the executions' real state.
        storage: where the transcripts lie, for the preview.
        links: makes the download addresses.
        mailer: sends the mails.
        transcripts_bucket: the bucket of the transcripts.
        default_recipient: the deployer's address, for recordings from the inbox.
    """

    jobs: JobsTable
    workflow: Workflow
    storage: Storage
    links: SignedLinks
    mailer: Mailer
    transcripts_bucket: str
    default_recipient: str

    def tell(self, event: Mapping[str, Any]) -> None:
        """Act on one `status-event`.

        Raises:
            NothingToTell: the execution is no job's, goes on, or its outcome was told.
            Superseded: the job was deleted, or belongs to a later execution.
            NotificationBusy: another invocation tells the owner at this moment.
            MailRefused: the mail service did not accept the mail.
            FetchFailed: the key that signs the download addresses cannot be had.
        """
        detail = event["detail"]
        execution_arn = detail["executionArn"]
        if executions.job_of(execution_arn) is None:
            raise NothingToTell("the execution is no job's")
        if detail["status"] == "SUCCEEDED":
            # Final, and CompleteJob has written it: a success cannot be redriven.
            user_id, job_id = self._owner(execution_arn, detail.get("input"))
        else:
            user_id, job_id = self._record_failure(execution_arn)
        job = self.jobs.claim_notification(
            user_id, job_id, execution_arn=execution_arn, lease_seconds=LEASE_SECONDS
        )
        if job is None:
            raise NothingToTell("this outcome was told already")
        recipient = self._recipient(job)
        message_id = None if recipient is None else self._send(job, recipient)
        self.jobs.record_notification(job, message_id=message_id)

    def _record_failure(self, execution_arn: str) -> tuple[str, str]:
        """Write a failure that is still one: events come late, twice and in any order."""
        execution = self.workflow.describe(execution_arn)
        user_id, job_id = self._owner(execution_arn, execution.input)
        if execution.status == "SUCCEEDED":
            return user_id, job_id
        if execution.status not in _UNNAMED:
            raise NothingToTell("the execution was redriven; its own end will be told")
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
        return user_id, job_id

    def _owner(self, execution_arn: str, execution_input: str | None) -> tuple[str, str]:
        # Step Functions leaves a large input out of its events.
        text = execution_input or self.workflow.describe(execution_arn).input
        try:
            document = json.loads(text)
        except ValueError as error:
            raise ShapeInvalid("the execution's input is no JSON") from error
        schemas.validate("execution-input", document)
        return document["user_id"], document["job_id"]

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
