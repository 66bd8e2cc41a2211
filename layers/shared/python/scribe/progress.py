"""How far a job is, derived from its row alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from scribe.jobs import Job

Step = Literal["preparing", "transcribing", "assembling"]

PREPARED: Final = 0.05
TRANSCRIBED: Final = 0.95
"""The shares of the whole that are reached when the chunks are cut, and when all are
transcribed: nearly all of the work lies between the two."""


@dataclass(frozen=True)
class Chunks:
    """How many chunks are transcribed, of how many."""

    done: int
    total: int


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        step: None where the job is not at work.
        chunks: None until the recording is cut.
        share: of the whole, from 0 to 1; None before the recording has arrived, and where the
            job did not succeed.
        seconds_left: until the last chunk is transcribed; None where nothing tells.
    """

    step: Step | None
    chunks: Chunks | None
    share: float | None
    seconds_left: int | None


def of(job: Job, now: datetime) -> Progress:
    """How far a job is.

    Args:
        job: its row.
        now: the present moment.
    """
    done, count = _chunks(job)
    step = _step(job)
    left = None
    if step == "transcribing" and "transcribing_since" in job:
        since = datetime.fromisoformat(job["transcribing_since"])
        left = seconds_left(done, count, (now - since).total_seconds())
    chunks = None if count == 0 else Chunks(done, count)
    return Progress(step, chunks, _share(job), left)


def seconds_left(done: int, total: int, elapsed_seconds: float) -> int | None:
    """Estimate how long the chunks that are left will take.

    As long each as the finished ones took on average: `elapsed / done * (total - done)`. What
    runs side by side is in that average. Chunks that begin together end together, so that the
    first estimates are too long rather than too short.

    Args:
        done: how many chunks are transcribed.
        total: how many there are.
        elapsed_seconds: since the chunks were sent.

    Returns:
        Whole seconds, rounded up; None before the first chunk is done.
    """
    if done <= 0:
        return None
    return math.ceil(max(elapsed_seconds, 0) * max(total - done, 0) / done)


def _chunks(job: Job) -> tuple[int, int]:
    """How many chunks are done, of how many: 0 of 0 until the recording is cut."""
    count = job.get("chunk_count", 0)
    # Workers record their chunks as well as they can: a complete job may lack some.
    done = count if job["status"] == "COMPLETED" else len(job.get("chunks_done", ()))
    return min(done, count), count


def _step(job: Job) -> Step | None:
    if job["status"] != "PROCESSING":
        return None
    done, count = _chunks(job)
    if count == 0:
        return "preparing"
    return "transcribing" if done < count else "assembling"


def _share(job: Job) -> float | None:
    match job["status"]:
        case "COMPLETED":
            return 1.0
        case "QUEUED":
            return 0.0
        case "PROCESSING":
            done, count = _chunks(job)
            return PREPARED + (TRANSCRIBED - PREPARED) * done / count if count else 0.0
        case _:
            return None
