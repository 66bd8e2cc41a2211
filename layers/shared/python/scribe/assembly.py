"""Assembles one job: reads its chunk results, joins them, stores the transcript in each format."""

from __future__ import annotations

import contextlib
import gc
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, cast

from scribe import captions, file_names, keys, paragraphs, seams, spoken, texts
from scribe import transcript as transcripts
from scribe.errors import ShapeInvalid, StorageUnavailable
from scribe.storage import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scribe.captions import Cue
    from scribe.shapes import (
        Assembly,
        AssemblyRequest,
        ChunkResult,
        ObjectReference,
        Transcript,
        TranscriptObjects,
    )
    from scribe.storage import Storage

_READS_AT_ONCE: Final = 8
"""Below the ten connections that an AWS client keeps open."""

_CONTENT_TYPES: Final = {
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}


def assemble(
    request: AssemblyRequest,
    storage: Storage,
    *,
    transcripts_bucket: str,
    worker_price_usd_per_hour: float,
) -> Assembly:
    """Make and store a job's transcript, then delete its chunks' audio.

    It reads only the chunk results, so that a second run gives the same answer.

    Raises:
        StorageUnavailable: a result is not there (every chunk has stored one), or S3 failed.
        ShapeInvalid: the results are not those of this request.
    """
    with _collector_paused():
        results = _read(request, storage)
        joined = seams.join(results, request["sample_count"])
        transcript = transcripts.build(request, results, joined, worker_price_usd_per_hour)
        objects = _store(request, transcript, storage, transcripts_bucket)
    storage.delete(request["chunk_audio"])
    return transcripts.figures(transcript, objects)


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Spare the search for reference cycles: a day of speech is a million objects without one."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(request: AssemblyRequest, storage: Storage) -> list[ChunkResult]:
    def read(reference: ObjectReference) -> ChunkResult:
        try:
            return cast("ChunkResult", storage.read_json(reference, "chunk-result"))
        except ObjectMissing as error:
            raise StorageUnavailable(f"{reference['key']} is not there") from error

    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        results = list(pool.map(read, request["results"]))
    _check(results, request["sample_count"])
    return results


def _check(results: Sequence[ChunkResult], sample_count: int) -> None:
    """Refuse results of another file or in another order; holes between them are allowed."""
    for index, result in enumerate(results):
        if result["index"] != index:
            raise ShapeInvalid(f"result {index} is of chunk {result['index']}")
        if not result["start_sample"] < result["end_sample"] <= sample_count:
            raise ShapeInvalid(f"result {index} lies outside the file")
    for left, right in itertools.pairwise(results):
        if not (
            left["start_sample"] < right["start_sample"]
            and left["end_sample"] < right["end_sample"]
        ):
            raise ShapeInvalid(f"result {right['index']} does not follow the one before it")


def _cues(transcript: Transcript) -> list[Cue]:
    """The captions; without any, one that says why."""
    duration = transcript["duration_seconds"]
    if cues := captions.cues(spoken.words_of(transcript["segments"]), duration):
        return cues
    words = texts.load("transcript", transcript["language"])
    return captions.notice(words["no_speech" if transcript["no_speech"] else "no_text"], duration)


def _store(
    request: AssemblyRequest, transcript: Transcript, storage: Storage, bucket: str
) -> TranscriptObjects:
    """Store every format under the name that the user's file had."""
    objects = cast(
        "TranscriptObjects",
        {
            fmt: {
                "bucket": bucket,
                "key": keys.transcript(request["user_id"], request["job_id"], fmt),
            }
            for fmt in keys.TRANSCRIPT_FORMATS
        },
    )

    def disposition(extension: str) -> str:
        return file_names.content_disposition(
            file_names.for_download(request["file_name"], extension)
        )

    cues = _cues(transcript)
    bodies = {
        "txt": paragraphs.render(transcript),
        "srt": captions.as_srt(cues),
        "vtt": captions.as_vtt(cues),
    }
    for fmt, body in bodies.items():
        storage.write_bytes(
            objects[fmt],  # type: ignore[literal-required]  # the keys are the formats
            body.encode(),
            content_type=_CONTENT_TYPES[fmt],
            content_disposition=disposition(fmt),
        )
    # The document comes last: where it stands, the other formats stand too.
    storage.write_json(
        objects["json"], "transcript", transcript, content_disposition=disposition("json")
    )
    return objects
