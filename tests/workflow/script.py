"""What the parts of the platform answer in one execution, and what they were asked."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from scribe import keys, schemas
from scribe.cuts import Chunk
from scribe.preparation import Prepared, needs_probe, preparation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from scribe.shapes import (
        Assembly,
        AssemblyRequest,
        ChunkMessage,
        ChunkOutcome,
        ChunkTask,
        Language,
        LanguageChoice,
        ObjectReference,
        Preparation,
        PreparationRequest,
    )

CHUNK_SAMPLES: Final = 600 * 16_000
PROBE_SAMPLES: Final = 40 * 16_000

PREPARE: Final = "PrepareAudio"
DETECT: Final = "detect"
FIRST_CHUNK: Final = "chunk 0"
ASSEMBLE: Final = "AssembleTranscript"


class Silent(Exception):
    """The part never answers."""


class Unstored(Exception):
    """The container ends well, but without its outcome in S3."""


@dataclass(frozen=True)
class Question:
    """One time that a part was asked.

    Attributes:
        part: who was asked.
        document: what for.
        message: what brought a chunk task through a queue, its token included.
    """

    part: str
    document: Any
    message: ChunkMessage | None = None


@dataclass
class Script:
    """The answers of one execution's parts: `PrepareAudio`, `detect`, `chunk 0`, … .

    Attributes:
        language: what the user chose.
        vocabulary: what the user gave.
        metadata: what the user gave; None where the execution's input has no such field.
        chunk_count: how many chunks the recording is cut into.
        heard: the language that workers detect, and its probability.
        confidence: the transcript's.
        failing: the errors that a part raises before it answers, in their order.
        silent: the parts that never answer.
        work_bucket: where chunks and outcomes lie.
        asked: all questions so far, in their order.
    """

    language: LanguageChoice = "en"
    vocabulary: str = ""
    metadata: dict[str, str] | None = None
    chunk_count: int = 1
    heard: tuple[Language, float | None] = ("es", 0.98)
    confidence: float | None = 0.875
    failing: Mapping[str, Iterable[Exception]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    work_bucket: str = ""
    asked: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._errors: dict[str, Iterator[Exception]] = {
            part: iter(errors) for part, errors in self.failing.items()
        }
        self._lock = threading.Lock()

    def parts(self) -> list[str]:
        """Name the parts that were asked, in their order."""
        return [question.part for question in self.asked]

    def documents(self, part: str) -> list[Any]:
        """Return the documents that a part was given, in their order."""
        return [question.document for question in self.asked if question.part == part]

    def tokens(self, part: str) -> list[str]:
        """Return the task tokens that a part was given, in their order."""
        return [
            question.message["task_token"]
            for question in self.asked
            if question.part == part and question.message is not None
        ]

    def prepare(self, request: PreparationRequest) -> Preparation:
        """Answer for PrepareAudio."""
        self._ask("preparation-request", Question(PREPARE, request))
        ends = range(CHUNK_SAMPLES, CHUNK_SAMPLES * (self.chunk_count + 1), CHUNK_SAMPLES)
        chunks = [Chunk(index, end - CHUNK_SAMPLES, end) for index, end in enumerate(ends)]
        probe = PROBE_SAMPLES if needs_probe(request, len(chunks)) else None
        return preparation(request, Prepared(chunks, probe, seconds=6.25), self.work_bucket)

    def work(self, task: ChunkTask, message: ChunkMessage | None = None) -> ChunkOutcome:
        """Answer for a worker."""
        part = DETECT if task["kind"] == "detect" else f"chunk {task['index']}"
        if message is not None:
            schemas.validate("chunk-message", message)
        self._ask("chunk-task", Question(part, task, message))
        language, probability = self.heard
        return {
            "version": 1,
            "kind": task["kind"],
            "index": task["index"],
            "status": "succeeded",
            "result": task["result"],
            "language": task["language"] or language,
            "language_probability": None if task["language"] else probability,
            "word_count": 0 if task["kind"] == "detect" else 1534,
            "error": None,
        }

    def assemble(self, request: AssemblyRequest) -> Assembly:
        """Answer for AssembleTranscript."""
        self._ask("assembly-request", Question(ASSEMBLE, request))
        user_id, job_id = request["user_id"], request["job_id"]

        def stored(name: keys.TranscriptFormat) -> ObjectReference:
            return {"bucket": "transcripts", "key": keys.transcript(user_id, job_id, name)}

        return {
            "version": 1,
            "transcript": {
                "json": stored("json"),
                "txt": stored("txt"),
                "srt": stored("srt"),
                "vtt": stored("vtt"),
            },
            "language": request["language"] or self.heard[0],
            "language_probability": request["language_probability"],
            "duration_seconds": request["duration_seconds"],
            "word_count": 1534 * len(request["results"]),
            "confidence": self.confidence,
            "gap_count": 2,
            "gap_seconds": 12.5,
            "doubtful_count": 3,
            "no_speech": False,
            "cost_usd": 0.0375,
        }

    def _ask(self, schema: str, question: Question) -> None:
        """Note a question; refuse it as the part itself would, or fail as the script says."""
        with self._lock:
            self.asked.append(question)
            error = next(self._errors.get(question.part, iter(())), None)
        schemas.validate(schema, question.document)
        if question.part in self.silent:
            raise Silent(question.part)
        if error is not None:
            raise error


def named(name: str) -> Exception:
    """Make an error that is reported by this name."""
    error: Exception = type(name, (Exception,), {})("as the script says")
    return error


def always(error: Exception) -> Iterable[Exception]:
    """Fail at every attempt."""
    return itertools.repeat(error)
