"""What an owner does to a job that is there: deletes it, has it tried again, says how it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scribe import errors
from scribe.errors import PermanentError, Superseded
from scribe.jobs import AttemptRefused, JobNotEnded

from functions import runtime
from functions.api import documents
from functions.api.operations import Answer, Operations
from functions.api.problems import Code, Problem
from functions.api.services import services

if TYPE_CHECKING:
    from scribe.jobs import Job

    from functions.api.operations import Request

operations: Final = Operations()


@operations.add("DELETE", "/jobs/{job_id}", answers={200: "api-deletion"}, deleted_too=True)
def delete_job(request: Request) -> Answer:
    """Delete a job with all that is kept of it; asked again, it deletes what was left.

    A running job is stopped, and no mail follows. What a step that was just at work stores a
    moment later is deleted by the platform's own sweep.
    """
    done = services().deletion.delete(request.job)
    runtime.logger.info("job deleted", extra={"deletion": done})
    return Answer(200, done)


@operations.add(
    "POST",
    "/jobs/{job_id}/retry",
    answers={202: "api-job"},
    problems=frozenset({Code.JOB_NOT_FAILED, Code.RETRY_CANNOT_HELP}),
)
def retry_job(request: Request) -> Answer:
    """Try a failed job again; chunks that are transcribed are not transcribed again.

    A job that is being tried again already is answered alike. Where the recording itself is the
    reason, the same recording would fail again: announce another.
    """
    job = request.job
    if job["status"] == "PROCESSING" and job["attempt"] > 1:
        return Answer(202, documents.of_job(job))
    if _cannot_be_helped(job):
        raise Problem(Code.RETRY_CANNOT_HELP, job["error"]["name"])
    try:
        queued = services().attempts.another(job)
    except (AttemptRefused, Superseded) as reason:
        raise Problem(Code.JOB_NOT_FAILED, str(reason)) from reason
    runtime.logger.info("job queued again", extra={"attempt": queued["attempt"]})
    return Answer(202, documents.of_job(queued))


@operations.add(
    "POST",
    "/jobs/{job_id}/feedback",
    request="api-feedback",
    answers={200: "api-job"},
    problems=frozenset({Code.JOB_NOT_ENDED}),
)
def give_feedback(request: Request) -> Answer:
    """Say how a job that has ended was; the last word holds."""
    try:
        job = services().feedback.record(
            request.caller.user_id,
            request.job["job_id"],
            rating=request.body["rating"],
            comment=request.body.get("comment"),
        )
    except JobNotEnded as reason:
        raise Problem(Code.JOB_NOT_ENDED, str(reason)) from reason
    return Answer(200, documents.of_job(job))


def _cannot_be_helped(job: Job) -> bool:
    error = errors.BY_NAME.get(job["error"]["name"]) if "error" in job else None
    return error is not None and issubclass(error, PermanentError)
