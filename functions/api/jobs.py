"""The caller's jobs: a list of them, and each in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.api import cursors, documents
from functions.api.operations import Answer, Operations
from functions.api.problems import Code
from functions.api.services import services

if TYPE_CHECKING:
    from functions.api.operations import Request

operations: Final = Operations()

_USUAL_LIMIT: Final = 25


@operations.add(
    "GET",
    "/jobs",
    query="api-jobs-query",
    answers={200: "api-jobs"},
    problems=frozenset({Code.CURSOR_INVALID}),
)
def list_jobs(request: Request) -> Answer:
    """List the caller's jobs, newest first, in pages."""
    user_id, wished = request.caller.user_id, request.query
    status, name_part = wished.get("status"), wished.get("q", "")
    scope = (user_id, status, name_part)
    cursor = wished.get("cursor")
    page = services().listing.page(
        user_id,
        limit=wished.get("limit", _USUAL_LIMIT),
        after=None if cursor is None else cursors.read(cursor, *scope),
        status=status,
        name_part=name_part,
    )
    return Answer(
        200,
        {
            "jobs": [documents.of_job(job) for job in page.jobs],
            "next_cursor": page.last_read and cursors.after(page.last_read, *scope),
        },
    )


@operations.add("GET", "/jobs/{job_id}", answers={200: "api-job"})
def get_job(request: Request) -> Answer:
    """Tell all about a job: how far it is, how it ended, what came of it."""
    return Answer(200, documents.of_job(request.job))
