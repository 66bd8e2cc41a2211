"""Builds the transcript document, and the figures about it that the workflow passes on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scribe import confidence, cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.seams import Joined
    from scribe.shapes import (
        Assembly,
        AssemblyRequest,
        ChunkResult,
        Gap,
        Language,
        Transcript,
        TranscriptObjects,
        VocabularyUse,
    )

PREPARATION = "preparation"
"""The step in `processing.step_seconds` that workers had no part in."""


def build(
    request: AssemblyRequest,
    results: Sequence[ChunkResult],
    joined: Joined,
    worker_price_usd_per_hour: float,
) -> Transcript:
    """Build the document of one job.

    Args:
        request: what AssembleTranscript was given.
        results: the chunk results in the order of the file, at least one.
        joined: their join.
        worker_price_usd_per_hour: what one worker costs in an hour.
    """
    steps = _step_seconds(results)
    language, probability = _language(request, results, joined)
    return {
        "version": 1,
        "job_id": request["job_id"],
        "language": language,
        "language_probability": probability,
        "duration_seconds": request["duration_seconds"],
        "text": " ".join(segment["text"] for segment in joined.segments),
        "confidence": confidence.mean(joined.segments),
        "no_speech": not joined.segments and not _lost(joined.gaps),
        "segments": joined.segments,
        "gaps": joined.gaps,
        "seams": joined.seams,
        "vocabulary": _vocabulary(results),
        "metadata": request.get("metadata", {}),
        "model": results[0]["model"],
        "processing": {
            "step_seconds": {PREPARATION: request["preparation_seconds"], **steps},
            "audio_seconds": request["duration_seconds"],
            "cost_usd": cost.of_worker_seconds(sum(steps.values()), worker_price_usd_per_hour),
        },
    }


def figures(transcript: Transcript, objects: TranscriptObjects) -> Assembly:
    """What the workflow may carry about a transcript: figures, never text."""
    lost = _lost(transcript["gaps"])
    return {
        "version": 1,
        "transcript": objects,
        "language": transcript["language"],
        "language_probability": transcript["language_probability"],
        "duration_seconds": transcript["duration_seconds"],
        "word_count": sum(len(segment["words"]) for segment in transcript["segments"]),
        "confidence": transcript["confidence"],
        "gap_count": len(lost),
        "gap_seconds": round(sum(gap["end"] - gap["start"] for gap in lost), 3),
        "doubtful_count": sum(segment["doubtful"] for segment in transcript["segments"]),
        "no_speech": transcript["no_speech"],
        "cost_usd": transcript["processing"]["cost_usd"],
    }


def _lost(gaps: Sequence[Gap]) -> list[Gap]:
    """The gaps in which speech may have been lost; a jingle without text is no failure."""
    return [gap for gap in gaps if gap["reason"] != "no_speech"]


def _step_seconds(results: Sequence[ChunkResult]) -> dict[str, float]:
    """Seconds of work by step, summed over all chunks."""
    steps: defaultdict[str, float] = defaultdict(float)
    for result in results:
        for step, seconds in result["step_seconds"].items():
            steps[step] += seconds
    return {step: round(seconds, 3) for step, seconds in sorted(steps.items())}


def _language(
    request: AssemblyRequest, results: Sequence[ChunkResult], joined: Joined
) -> tuple[Language, float | None]:
    """The decided language, else the one that is spoken longest; and its probability.

    Of two that are spoken equally long it is the one that begins.
    """
    if request["language"] is not None:
        return request["language"], request["language_probability"]
    seconds: defaultdict[Language, float] = defaultdict(float)
    for segment in joined.segments:
        seconds[segment["language"]] += segment["end"] - segment["start"]
    language = max(seconds, key=seconds.__getitem__) if seconds else results[0]["language"]
    heard = [
        (result["end_sample"] - result["start_sample"], result["language_probability"])
        for result in results
        if result["language"] == language and result["language_probability"] is not None
    ]
    if not heard:
        return language, None
    samples = sum(length for length, _ in heard)
    return language, round(sum(length * known for length, known in heard) / samples, 4)


def _vocabulary(results: Sequence[ChunkResult]) -> VocabularyUse:
    """What became of the job's vocabulary, which is the same in every chunk.

    Chunks whose worker had another model may have dropped other terms: all of them are named.
    """
    uses = [result["vocabulary"] for result in results]
    return {
        "text": uses[0]["text"],
        "token_count": max(use["token_count"] for use in uses),
        "dropped": list(dict.fromkeys(term for use in uses for term in use["dropped"])),
    }
