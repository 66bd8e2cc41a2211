"""What the API shows of a job and of its upload."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scribe import errors, progress, uploads

if TYPE_CHECKING:
    from scribe.adapters.uploads import SignedRequest, Uploads
    from scribe.jobs import Job, UploadPlan


def of_job(job: Job) -> dict[str, Any]:
    """A job, as the schema `api-job` describes it."""
    upload = job.get("upload")
    source = job.get("source")
    error = job.get("error")
    at = progress.of(job, datetime.now(UTC))
    return {
        "job_id": job["job_id"],
        "status": job["status"],
        "file_name": job["file_name"],
        "size_bytes": upload["size_bytes"] if upload else source and source["size_bytes"],
        "content_type": upload["content_type"] if upload else None,
        "language": job["language"],
        "ui_language": job["ui_language"],
        "vocabulary": job.get("vocabulary", ""),
        "metadata": job.get("metadata", {}),
        "attempt": job["attempt"],
        "step": at.step,
        "chunks": at.chunks and dataclasses.asdict(at.chunks),
        "progress": at.share,
        "seconds_left": at.seconds_left,
        "error": error and {"code": errors.code_of(error["name"])},
        "result": job.get("result"),
        "feedback": job.get("feedback"),
        "created_at": job["created_at"],
        "updated_at": job["updated_at"],
    }


def of_upload(plan: UploadPlan, signing: Uploads) -> dict[str, Any]:
    """How to upload a recording, as the schema `api-upload` describes it."""
    if plan["part_bytes"] is None:
        return {"kind": "put", **of_request(signing.put_request(plan))}
    return {"kind": "parts", **of_parts(plan)}


def of_parts(plan: UploadPlan) -> dict[str, Any]:
    """Into which parts a recording is cut: all of one size but the last."""
    return {
        "size_bytes": plan["size_bytes"],
        "part_bytes": plan["part_bytes"],
        "part_count": len(uploads.part_sizes(plan)),
    }


def of_request(request: SignedRequest) -> dict[str, Any]:
    """A request that the caller may send to S3, as the schema `api-upload` describes it."""
    return {
        "method": "PUT",
        "url": request.url,
        "headers": dict(request.headers),
        "expires_at": request.expires_at,
    }
