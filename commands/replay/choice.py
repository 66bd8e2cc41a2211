"""Which of the jobs that were found are run again, and why the others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scribe import errors
from scribe.errors import PermanentError

if TYPE_CHECKING:
    from scribe.jobs import Job


def error_name(job: Job) -> str | None:
    """By what a job failed; None where it has not, or not yet in its row."""
    return job["error"]["name"] if "error" in job else None


def reason_to_skip(job: Job, *, insisted: bool) -> str | None:
    """Why a job is not run again; None where it is.

    Args:
        job: its row.
        insisted: whether an operator named this job or this error, so that a permanent error is
            no reason: what caused it may have been changed meanwhile.
    """
    # A claimed attempt whose execution may not have started: the same call makes up for it.
    queued_again = job["status"] == "QUEUED" and job["attempt"] > 1
    if job["status"] != "FAILED" and not (queued_again and insisted):
        return f"is {job['status']}"
    name = error_name(job)
    known = errors.BY_NAME.get(name or "")
    if known is not None and issubclass(known, PermanentError) and not insisted:
        return f"would fail by {name} again; --error {name} tries it all the same"
    return None
