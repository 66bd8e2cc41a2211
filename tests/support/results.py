"""Builds words, segments, chunk results and assembly requests for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import (
        AssemblyRequest,
        ChunkResult,
        Doubt,
        Gap,
        Language,
        Model,
        ObjectReference,
        Segment,
        Word,
    )

USER_ID = "user_2abc"
JOB_ID = "01JD0000000000000000000000"
MODEL: Model = {"name": "fixture", "compute_type": "int8", "version": "1"}


def word(text: str, start: float, end: float, confidence: float | None = 0.9) -> Word:
    return {"word": text, "start": start, "end": end, "confidence": confidence, "timing": "aligned"}


def spaced(text: str, start: float = 0.0, step: float = 0.5, length: float = 0.4) -> list[Word]:
    """The words of a text, one every `step` seconds."""
    return [
        word(said, round(start + index * step, 3), round(start + index * step + length, 3))
        for index, said in enumerate(text.split())
    ]


def segment(
    words: Sequence[Word], language: Language = "en", *, doubts: Sequence[Doubt] = ()
) -> Segment:
    return {
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "language": language,
        "speaker": None,
        "text": " ".join(said["word"] for said in words),
        "confidence": 0.9,
        "doubtful": bool(doubts),
        "doubts": list(doubts),
        "words": list(words),
    }


def result(
    index: int,
    start_second: float,
    end_second: float,
    segments: Sequence[Segment] = (),
    *,
    gaps: Sequence[Gap] = (),
    language: Language = "en",
) -> ChunkResult:
    """One chunk's result; the segments' times count from the chunk's first sample."""
    return {
        "version": 1,
        "index": index,
        "start_sample": round(start_second * 16_000),
        "end_sample": round(end_second * 16_000),
        "requested_language": language,
        "language": language,
        "language_probability": 0.98,
        "vocabulary": {"text": "", "token_count": 0, "dropped": []},
        "segments": list(segments),
        "gaps": list(gaps),
        "speech_seconds": 1.0,
        "model": MODEL,
        "step_seconds": {"transcribe": 2.0, "align": 0.5},
    }


def request(
    duration_seconds: float,
    chunk_count: int,
    *,
    file_name: str = "Interview.mp3",
    language: Language | None = "en",
) -> AssemblyRequest:
    prefix = f"{USER_ID}/{JOB_ID}/"

    def objects(name: str) -> list[ObjectReference]:
        return [
            {"bucket": "work", "key": prefix + name.format(index=index)}
            for index in range(chunk_count)
        ]

    return {
        "version": 1,
        "user_id": USER_ID,
        "job_id": JOB_ID,
        "attempt": 1,
        "execution_arn": f"arn:aws:states:us-east-1:123456789012:execution:transcription:{JOB_ID}",
        "file_name": file_name,
        "language": language,
        "language_probability": None,
        "duration_seconds": duration_seconds,
        "sample_count": round(duration_seconds * 16_000),
        "preparation_seconds": 1.5,
        "results": objects("results/{index:04d}.json"),
        "chunk_audio": objects("chunks/{index:04d}.flac"),
    }
