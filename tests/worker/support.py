"""Parts that the worker's tests share: a task, its audio, and a state that records its answers."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import numpy as np
from scribe import keys
from scribe.adapters.callbacks import TokenDead
from worker.engine.fake import FakeEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scribe.errors import ScribeError
    from scribe.shapes import ChunkOutcome, ChunkTask, Language, TaskKind
    from worker.engine.protocol import Progress, Samples, Transcription

WORK_BUCKET = "work-bucket"
USER = "user_1"
JOB = "01K0000000000000000000000A"
SAMPLE_RATE = 16_000


def flac(samples: NDArray[np.int16], rate: int = SAMPLE_RATE) -> bytes:
    """A mono FLAC file."""
    body = io.BytesIO()
    with av.open(body, mode="w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="mono", format="s16")
        for start in range(0, len(samples), 4096):
            block = np.ascontiguousarray(samples[start : start + 4096]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate = rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return body.getvalue()


def silence(seconds: float) -> bytes:
    return flac(np.zeros(int(seconds * SAMPLE_RATE), dtype=np.int16))


def chunk_task(
    index: int = 0,
    *,
    seconds: float = 10.0,
    kind: TaskKind = "transcribe",
    language: Language | None = "en",
    vocabulary: str = "",
) -> ChunkTask:
    is_detection = kind == "detect"
    start = index * int(seconds * SAMPLE_RATE)
    named = {
        "audio": keys.probe_audio(USER, JOB)
        if is_detection
        else keys.chunk_audio(USER, JOB, index),
        "result": keys.detection_result(USER, JOB)
        if is_detection
        else keys.chunk_result(USER, JOB, index),
        "outcome": keys.detection_outcome(USER, JOB)
        if is_detection
        else keys.chunk_outcome(USER, JOB, index),
    }
    return {
        "version": 1,
        "kind": kind,
        "user_id": USER,
        "job_id": JOB,
        "attempt": 1,
        "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:transcription:job",
        "index": index,
        "time_range": "00:00:00–00:00:10",
        "audio": {"bucket": WORK_BUCKET, "key": named["audio"]},
        "start_sample": start,
        "end_sample": start + int(seconds * SAMPLE_RATE),
        "language": language,
        "vocabulary": vocabulary,
        "result": {"bucket": WORK_BUCKET, "key": named["result"]},
        "outcome": {"bucket": WORK_BUCKET, "key": named["outcome"]},
    }


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something that another thread does happens at all."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def message(task: ChunkTask, token: str = "token-0") -> str:
    return json.dumps({"version": 1, "task": task, "task_token": token})


@dataclass
class RecordingCallbacks:
    """Remembers every answer; `dead` are tokens that nobody waits for, `refusal` is raised."""

    succeeded: dict[str, ChunkOutcome] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
    dead_at_the_answer: frozenset[str] = frozenset()
    refusal: ScribeError | None = None

    def is_dead(self, token: str) -> bool:
        return token in self.dead

    def succeed(self, token: str, outcome: ChunkOutcome) -> None:
        self._refuse(token)
        self.succeeded[token] = outcome

    def fail(self, token: str, error: ScribeError) -> None:
        self._refuse(token)
        self.failed[token] = type(error).__name__

    def _refuse(self, token: str) -> None:
        if self.refusal:
            raise self.refusal
        if token in self.dead_at_the_answer:
            raise TokenDead("TaskTimedOut")


class ScriptedEngine(FakeEngine):
    """The shipped fake with a script that runs in the middle of its work."""

    def __init__(self, script: Callable[[Progress], None] = lambda _: None) -> None:
        super().__init__()
        self._script = script
        self.batch_scales: list[float] = []
        self.languages_asked: list[Language | None] = []

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,
        progress: Progress,
    ) -> Transcription:
        self.batch_scales.append(batch_scale)
        self.languages_asked.append(language)
        self._script(progress)
        return super().transcribe(
            samples, language, vocabulary=vocabulary, batch_scale=batch_scale, progress=progress
        )
