"""One chunk from its audio to its stored result, whoever asked for it: a queue or a task."""

from __future__ import annotations

import contextlib
import errno
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe import language as languages
from scribe.clock import SAMPLE_RATE
from scribe.errors import (
    OutOfMemory,
    ScribeError,
    ShapeInvalid,
    Superseded,
    TranscriptionFailed,
)
from scribe.storage import ObjectMissing

from worker.audio import decode_flac
from worker.engine.memory import is_out_of_memory
from worker.logs import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scribe.adapters.storage import Storage
    from scribe.shapes import (
        ChunkOutcome,
        ChunkResult,
        ChunkTask,
        Language,
        LanguageResult,
    )

    from worker.engine.protocol import Engine, Progress, Samples

logger: Final = logging.getLogger(__name__)


@contextlib.contextmanager
def named_errors() -> Iterator[None]:
    """Let out no error but the platform's own: Step Functions knows it by its name.

    Libraries raise whatever they like; nothing they raise says that the audio is at fault, so
    the same work may be tried again.
    """
    try:
        yield
    except ScribeError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise OutOfMemory("the process has no memory left") from error
        raise TranscriptionFailed(f"{type(error).__name__}: {error}"[:300]) from error


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there was no room for a file."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Audio:
    """A chunk's samples and what it took to get them, in seconds."""

    samples: Samples
    fetch_seconds: float


def fetch(storage: Storage, task: ChunkTask) -> Audio:
    """Download and decode a chunk.

    Raises:
        Superseded: the audio is gone, and so is the job.
        ShapeInvalid: the audio is not as long as the task says; its times would be wrong.
        AudioUnreadable: the audio is no FLAC file.
        StorageUnavailable: S3 did not answer.
    """
    started = time.monotonic()
    try:
        samples = decode_flac(storage.read_bytes(task["audio"]))
    except ObjectMissing as error:
        raise Superseded("the chunk's audio was deleted") from error
    expected = task["end_sample"] - task["start_sample"]
    if task["kind"] == "transcribe" and len(samples) != expected:
        raise ShapeInvalid(f"the chunk has {len(samples)} samples, its task says {expected}")
    return Audio(samples, time.monotonic() - started)


def stored_outcome(storage: Storage, task: ChunkTask) -> ChunkOutcome | None:
    """The outcome of an earlier run of the same task, or None if there is none.

    A result for other samples, another language or another vocabulary is not the same task's,
    and one that this version cannot read is made again.
    """
    try:
        if task["kind"] == "detect":
            return _detect_outcome(task, storage.read_json(task["result"], "language-result"))
        result: ChunkResult = storage.read_json(task["result"], "chunk-result")
    except (ObjectMissing, ShapeInvalid):
        return None
    same = (
        result["start_sample"] == task["start_sample"]
        and result["end_sample"] == task["end_sample"]
        and result["requested_language"] == task["language"]
        and result["vocabulary"]["text"] == task["vocabulary"]
    )
    return _transcribe_outcome(task, result) if same else None


def failed_outcome(task: ChunkTask, error: ScribeError) -> ChunkOutcome:
    """The outcome of a task that cannot succeed."""
    return {
        "version": 1,
        "kind": task["kind"],
        "index": task["index"],
        "status": "failed",
        "result": None,
        "language": None,
        "language_probability": None,
        "word_count": 0,
        "error": {"name": type(error).__name__, "message": str(error)[:1000]},
    }


@dataclass(frozen=True)
class Work:
    """What it takes to do a task: the engine, the configured languages and S3."""

    engine: Engine
    languages: Sequence[Language]
    storage: Storage

    def perform(
        self, task: ChunkTask, audio: Audio, *, batch_scale: float, progress: Progress
    ) -> ChunkOutcome:
        """Do the task and store its result.

        Args:
            task: what to do.
            audio: the chunk's audio.
            batch_scale: a factor on the batch size, below 1 after a worker was lost.
            progress: told the done part, from 0 to 1.

        Raises:
            ScribeError: whatever goes wrong, by its name.
        """
        with named_errors():
            if task["kind"] == "detect":
                outcome, steps = self._detect(task, audio)
            else:
                outcome, steps = self._transcribe(task, audio, batch_scale, progress)
        logger.info(
            "chunk done",
            extra=log_fields(
                task,
                audio_seconds=round(len(audio.samples) / SAMPLE_RATE, 3),
                step_seconds=steps,
                word_count=outcome["word_count"],
                language=outcome["language"],
            ),
        )
        return outcome

    def _transcribe(
        self, task: ChunkTask, audio: Audio, batch_scale: float, progress: Progress
    ) -> tuple[ChunkOutcome, dict[str, float]]:
        done = self.engine.transcribe(
            audio.samples,
            task["language"],
            vocabulary=task["vocabulary"],
            batch_scale=batch_scale,
            progress=progress,
        )
        steps = _rounded({"fetch": audio.fetch_seconds, **done.step_seconds})
        result: ChunkResult = {
            "version": 1,
            "index": task["index"],
            "start_sample": task["start_sample"],
            "end_sample": task["end_sample"],
            "requested_language": task["language"],
            "language": done.language,
            "language_probability": done.language_probability,
            "vocabulary": done.vocabulary,
            "segments": list(done.segments),
            "gaps": list(done.gaps),
            "speech_seconds": round(done.speech_seconds, 3),
            "model": self.engine.model,
            "step_seconds": steps,
        }
        return _transcribe_outcome(task, result), self._store(task, "chunk-result", result, steps)

    def _detect(self, task: ChunkTask, audio: Audio) -> tuple[ChunkOutcome, dict[str, float]]:
        started = time.monotonic()
        heard = languages.choose(self.engine.detect(audio.samples), self.languages)
        steps = _rounded(
            {"fetch": audio.fetch_seconds, "detect_language": time.monotonic() - started}
        )
        result: LanguageResult = {
            "version": 1,
            "language": heard.language,
            "language_probability": heard.probability,
            "probabilities": dict(heard.probabilities),
            "model": self.engine.model,
        }
        return _detect_outcome(task, result), self._store(task, "language-result", result, steps)

    def _store(
        self,
        task: ChunkTask,
        schema: str,
        result: ChunkResult | LanguageResult,
        steps: dict[str, float],
    ) -> dict[str, float]:
        """Write a result; the steps with what writing took."""
        started = time.monotonic()
        self.storage.write_json(task["result"], schema, result)
        return {**steps, "store": round(time.monotonic() - started, 3)}


def _rounded(steps: Mapping[str, float]) -> dict[str, float]:
    return {step: round(seconds, 3) for step, seconds in steps.items()}


def log_fields(task: ChunkTask, **figures: object) -> dict[str, dict[str, object]]:
    """The `extra` of a log line about a task: whose it is, and figures."""
    return fields(
        user_id=task["user_id"],
        job_id=task["job_id"],
        attempt=task["attempt"],
        kind=task["kind"],
        index=task["index"],
        **figures,
    )


def _transcribe_outcome(task: ChunkTask, result: ChunkResult) -> ChunkOutcome:
    words = sum(len(segment["words"]) for segment in result["segments"])
    return _succeeded(task, result["language"], result["language_probability"], words)


def _detect_outcome(task: ChunkTask, result: LanguageResult) -> ChunkOutcome:
    return _succeeded(task, result["language"], result["language_probability"], 0)


def _succeeded(
    task: ChunkTask, language: Language, probability: float | None, word_count: int
) -> ChunkOutcome:
    return {
        "version": 1,
        "kind": task["kind"],
        "index": task["index"],
        "status": "succeeded",
        "result": task["result"],
        "language": language,
        "language_probability": probability,
        "word_count": word_count,
        "error": None,
    }
