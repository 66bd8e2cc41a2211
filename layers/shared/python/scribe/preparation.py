"""What PrepareAudio returns, made of its request and of the places where chunks lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scribe import clock, keys
from scribe.cuts import Chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import ChunkTask, Language, Preparation, PreparationRequest


@dataclass(frozen=True)
class Prepared:
    """What became of a recording.

    Attributes:
        chunks: the chunks, in order; they cover the recording.
        probe_sample_count: the probe's length, or None without a probe.
        seconds: how long the preparation took.
    """

    chunks: Sequence[Chunk]
    probe_sample_count: int | None
    seconds: float


def needs_probe(request: PreparationRequest, chunk_count: int) -> bool:
    """Whether the language is detected before the chunks are transcribed.

    A single chunk's language is detected with its transcription.
    """
    return request["language"] == "auto" and chunk_count > 1


def preparation(request: PreparationRequest, prepared: Prepared, work_bucket: str) -> Preparation:
    """Make the document."""
    sample_count = prepared.chunks[-1].end
    return {
        "version": 1,
        "duration_seconds": clock.seconds(sample_count),
        "sample_count": sample_count,
        "language": _language(request),
        "detect": None
        if prepared.probe_sample_count is None
        else _detect_task(request, prepared.probe_sample_count, work_bucket),
        "chunks": [_chunk_task(request, chunk, work_bucket) for chunk in prepared.chunks],
        "preparation_seconds": round(prepared.seconds, 3),
    }


def _language(request: PreparationRequest) -> Language | None:
    return None if request["language"] == "auto" else request["language"]


def _chunk_task(request: PreparationRequest, chunk: Chunk, bucket: str) -> ChunkTask:
    job = (request["user_id"], request["job_id"])
    return {
        "version": 1,
        "kind": "transcribe",
        "user_id": request["user_id"],
        "job_id": request["job_id"],
        "attempt": request["attempt"],
        "execution_arn": request["execution_arn"],
        "index": chunk.index,
        "time_range": clock.time_range(chunk.start, chunk.end),
        "audio": {"bucket": bucket, "key": keys.chunk_audio(*job, chunk.index)},
        "start_sample": chunk.start,
        "end_sample": chunk.end,
        "language": _language(request),
        # The state machine merges the text into each task, as it does with a detected language:
        # a day of audio has 144 chunks, and a state's data may have 256 KiB.
        "vocabulary": "",
        "result": {"bucket": bucket, "key": keys.chunk_result(*job, chunk.index)},
        "outcome": {"bucket": bucket, "key": keys.chunk_outcome(*job, chunk.index)},
    }


def _detect_task(request: PreparationRequest, sample_count: int, bucket: str) -> ChunkTask:
    job = (request["user_id"], request["job_id"])
    probe = Chunk(index=0, start=0, end=sample_count)
    return {
        **_chunk_task(request, probe, bucket),
        "kind": "detect",
        "audio": {"bucket": bucket, "key": keys.probe_audio(*job)},
        "result": {"bucket": bucket, "key": keys.detection_result(*job)},
        "outcome": {"bucket": bucket, "key": keys.detection_outcome(*job)},
    }
