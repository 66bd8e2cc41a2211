"""Announcing a recording, and uploading it in one piece or in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scribe import uploads
from scribe.schemas import Violation
from scribe.uploads import PartsDiffer, PartsMissing, UploadGone

from functions.api import documents
from functions.api.operations import Answer, Operations
from functions.api.ownership import own_job
from functions.api.problems import Code, Problem
from functions.api.services import services

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scribe.jobs import Job, UploadPlan

    from functions.api.operations import Request

operations: Final = Operations()

_SHOWN_NUMBERS: Final = 20


@operations.add(
    "POST",
    "/jobs",
    request="api-new-job",
    answers={201: "api-created-job"},
    problems=frozenset(
        {
            Code.AUDIO_TOO_LARGE,
            Code.SPEAKERS_NOT_SUPPORTED,
            Code.IDEMPOTENCY_KEY_INVALID,
            Code.IDEMPOTENCY_KEY_REUSED,
            Code.IDEMPOTENCY_IN_PROGRESS,
            Code.OPEN_JOBS_REACHED,
            Code.JOBS_PER_DAY_REACHED,
            Code.BYTES_PER_DAY_REACHED,
            Code.MINUTES_PER_DAY_REACHED,
            # A repeated request, whose job was deleted meanwhile.
            Code.JOB_NOT_FOUND,
        }
    ),
)
def create_job(request: Request) -> Answer:
    """Announce a recording, and learn how to upload it."""
    job_id = services().creation.create(
        request.caller,
        request.body,
        idempotency_key=request.headers.get("idempotency-key"),
        context=request.context,
    )
    job = own_job(request.caller, job_id)
    # Signed anew for a repeated request; nothing is left to upload where that was done.
    upload = None
    if job["status"] == "PENDING":
        upload = documents.of_upload(_plan(job), services().uploads)
    return Answer(
        201,
        {"job": documents.of_job(job), "upload": upload},
        headers={"Location": f"/jobs/{job_id}"},
    )


@operations.add(
    "POST",
    "/jobs/{job_id}/upload",
    answers={200: "api-upload"},
    problems=frozenset({Code.UPLOAD_NOT_PENDING}),
)
def renew_upload(request: Request) -> Answer:
    """Learn again how to upload a recording: signed requests end after an hour, or earlier."""
    plan = _pending(request.job)
    return Answer(200, documents.of_upload(plan, services().uploads))


@operations.add(
    "GET",
    "/jobs/{job_id}/upload",
    answers={200: "api-upload-state"},
    problems=frozenset({Code.UPLOAD_NOT_PENDING, Code.UPLOAD_NOT_IN_PARTS, Code.UPLOAD_GONE}),
)
def get_upload(request: Request) -> Answer:
    """List the parts that have arrived, to go on with the others."""
    plan = _in_parts(_pending(request.job))
    parts = [
        {"part_number": part.number, "etag": part.etag, "size_bytes": part.size_bytes}
        for part in services().uploads.parts(plan)
    ]
    return Answer(200, {**documents.of_parts(plan), "parts": parts})


@operations.add(
    "POST",
    "/jobs/{job_id}/upload/parts",
    request="api-part-numbers",
    answers={200: "api-signed-parts"},
    problems=frozenset(
        {Code.UPLOAD_NOT_PENDING, Code.UPLOAD_NOT_IN_PARTS, Code.PART_NUMBER_UNKNOWN}
    ),
)
def sign_parts(request: Request) -> Answer:
    """Learn how to upload some parts."""
    plan = _in_parts(_pending(request.job))
    numbers: list[int] = request.body["part_numbers"]
    count = len(uploads.part_sizes(plan))
    if unknown := [place for place, number in enumerate(numbers) if number > count]:
        faults = [Violation(f"/part_numbers/{place}", "maximum") for place in unknown]
        raise Problem(Code.PART_NUMBER_UNKNOWN, f"there are {count} parts", errors=faults)
    signed = [(number, services().uploads.part_request(plan, number)) for number in numbers]
    parts = [{"part_number": n, **documents.of_request(request)} for n, request in signed]
    return Answer(200, {"parts": parts})


@operations.add(
    "POST",
    "/jobs/{job_id}/upload/complete",
    request="api-completion",
    answers={200: "api-job"},
    problems=frozenset(
        {
            Code.UPLOAD_NOT_PENDING,
            Code.UPLOAD_NOT_IN_PARTS,
            Code.UPLOAD_GONE,
            Code.PARTS_MISSING,
            Code.PARTS_DIFFER,
        }
    ),
)
def complete_upload(request: Request) -> Answer:
    """Make the recording out of its parts; a repeated request is answered alike."""
    job = request.job
    plan = _in_parts(_plan(job))
    if job["status"] == "EXPIRED":
        raise Problem(Code.UPLOAD_NOT_PENDING)
    if job["status"] == "PENDING":
        said = [(part["part_number"], part["etag"]) for part in request.body["parts"]]
        try:
            _complete(plan, said)
        except UploadGone:
            # Completed by an earlier request, whose event is still on its way.
            if not services().uploads.is_stored(plan):
                raise
    return Answer(200, documents.of_job(job))


@operations.add(
    "DELETE",
    "/jobs/{job_id}/upload",
    answers={200: "api-job"},
    problems=frozenset({Code.UPLOAD_NOT_PENDING}),
)
def abort_upload(request: Request) -> Answer:
    """Give an upload up, and drop what has arrived of it."""
    plan = _plan(request.job)
    # First the row: whoever completes the upload from here on is told that it was given up.
    job = services().jobs.expire(request.caller.user_id, request.job["job_id"])
    if job["status"] != "EXPIRED":
        raise Problem(Code.UPLOAD_NOT_PENDING)
    if plan["upload_id"] is not None:
        services().uploads.abort(plan)
    return Answer(200, documents.of_job(job))


def _complete(plan: UploadPlan, said: Iterable[tuple[int, str]]) -> None:
    parts = services().uploads.parts(plan)
    try:
        uploads.require_all(plan, said, parts)
    except PartsMissing as missing:
        raise Problem(Code.PARTS_MISSING, _listed(missing.numbers)) from missing
    except PartsDiffer as differing:
        raise Problem(Code.PARTS_DIFFER, _listed(differing.numbers)) from differing
    services().uploads.complete(plan, parts)


def _listed(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_SHOWN_NUMBERS])
    return f"parts {shown}{' and more' if len(numbers) > _SHOWN_NUMBERS else ''}"


def _plan(job: Job) -> UploadPlan:
    if "upload" not in job:
        raise Problem(Code.UPLOAD_NOT_PENDING)  # nobody announced it
    return job["upload"]


def _pending(job: Job) -> UploadPlan:
    if job["status"] != "PENDING":
        raise Problem(Code.UPLOAD_NOT_PENDING)
    return _plan(job)


def _in_parts(plan: UploadPlan) -> UploadPlan:
    if plan["part_bytes"] is None:
        raise Problem(Code.UPLOAD_NOT_IN_PARTS)
    return plan
