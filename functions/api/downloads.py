"""What can be read of a job: its transcript, its recording, its wave form, each by a link.

The API never carries them: a link through the edge does, for a day and without a session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scribe import jobs, keys

from functions.api.operations import Answer, Operations
from functions.api.problems import Code, Problem
from functions.api.services import services

if TYPE_CHECKING:
    from functions.api.operations import Request

operations: Final = Operations()


@operations.add(
    "GET",
    "/jobs/{job_id}/transcript",
    query="api-transcript-query",
    answers={200: "api-link", 302: "api-link"},
    problems=frozenset({Code.TRANSCRIPT_NOT_READY}),
)
def get_transcript(request: Request) -> Answer:
    """Learn where the transcript can be read for a day, in one of its formats."""
    if request.job["status"] != "COMPLETED":
        raise Problem(Code.TRANSCRIPT_NOT_READY)
    user_id, job_id = request.caller.user_id, request.job["job_id"]
    return _link(request, keys.transcript(user_id, job_id, request.query.get("format", "json")))


@operations.add(
    "GET",
    "/jobs/{job_id}/audio",
    query="api-link-query",
    answers={200: "api-link", 302: "api-link"},
    problems=frozenset({Code.RECORDING_NOT_THERE}),
)
def get_audio(request: Request) -> Answer:
    """Learn where the recording can be heard for a day, as it was uploaded."""
    job = request.job
    # Deleting a job clears the edge only where the job had begun: before, nothing is linked.
    if "upload" not in job or "execution_arn" not in job:
        raise Problem(Code.RECORDING_NOT_THERE)
    # No row tells that a recording expired after its year.
    if not services().uploads.is_stored(job["upload"]):
        raise Problem(Code.RECORDING_NOT_THERE)
    return _link(request, job["upload"]["key"])


@operations.add(
    "GET",
    "/jobs/{job_id}/peaks",
    query="api-link-query",
    answers={200: "api-link", 302: "api-link"},
    problems=frozenset({Code.PEAKS_NOT_READY}),
)
def get_peaks(request: Request) -> Answer:
    """Learn where the recording's wave form can be read for a day."""
    # Chunks are counted when the recording is prepared, and its peaks are stored before that.
    if "chunk_count" not in request.job:
        raise Problem(Code.PEAKS_NOT_READY)
    return _link(request, keys.peaks(request.caller.user_id, request.job["job_id"]))


def _link(request: Request, key: str) -> Answer:
    link = services().links.to(key)
    document = {"url": link.url, "expires_at": jobs.timestamp(link.ends_at)}
    if request.query.get("redirect") == 1:
        return Answer(302, document, headers={"Location": link.url})
    return Answer(200, document)
