"""The event about a job's end, for other systems of the account: figures and names, never text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scribe import jobs, keys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scribe.jobs import Job
    from scribe.shapes import JobEvent, ObjectReference, Outcome

DETAIL_TYPES: Final[Mapping[Outcome, str]] = {
    "COMPLETED": "Job Completed",
    "FAILED": "Job Failed",
}
"""The kind of event by the job's outcome."""


def of_job(job: Job, *, ended_at: datetime, transcripts_bucket: str) -> JobEvent:
    """Describe how a job ended; the same row and moment give the same event.

    Args:
        job: an ended row with its `notification`.
        ended_at: when its execution ended.
        transcripts_bucket: where transcripts lie.
    """
    outcome = job["notification"]["outcome"]
    completed = outcome == "COMPLETED"

    def stored(fmt: keys.TranscriptFormat) -> ObjectReference:
        key = keys.transcript(job["user_id"], job["job_id"], fmt)
        return {"bucket": transcripts_bucket, "key": key}

    return {
        "version": 1,
        "event_id": f"{job['job_id']}-{job['attempt']}-{outcome}",
        "user_id": job["user_id"],
        "job_id": job["job_id"],
        "attempt": job["attempt"],
        "outcome": outcome,
        "file_name": job["file_name"],
        "metadata": job.get("metadata", {}),
        "created_at": job["created_at"],
        "ended_at": jobs.timestamp(ended_at),
        "result": job["result"] if completed else None,
        "transcript": {
            "json": stored("json"),
            "txt": stored("txt"),
            "srt": stored("srt"),
            "vtt": stored("vtt"),
        }
        if completed
        else None,
        # Its text is for operators: it may quote keys and what tools have printed.
        "error": None if completed else {"name": job["error"]["name"]},
    }
