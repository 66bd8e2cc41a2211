"""The one way from a request to a job: the caller's own, or none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scribe import ulid

from functions import runtime
from functions.api.problems import Code, Problem
from functions.api.services import services

if TYPE_CHECKING:
    from scribe.jobs import Job

    from functions.api.caller import Caller


def own_job(caller: Caller, job_id: str, *, deleted_too: bool = False) -> Job:
    """The caller's job of that id, as it is at this moment.

    Args:
        caller: whose it must be.
        job_id: as it was sent.
        deleted_too: whether what is left of a deleted job will do.

    Raises:
        Problem: JOB_NOT_FOUND, whether it never was, was deleted, or is somebody else's:
            the caller cannot tell one from another.
    """
    if not re.fullmatch(ulid.PATTERN, job_id):
        raise Problem(Code.JOB_NOT_FOUND)
    # The owner is half of the row's key: there is no way to read another's.
    job = services().jobs.get(caller.user_id, job_id)
    if job is None or (job["status"] == "DELETED" and not deleted_too):
        raise Problem(Code.JOB_NOT_FOUND)
    runtime.logger.append_keys(job_id=job_id)
    return job
