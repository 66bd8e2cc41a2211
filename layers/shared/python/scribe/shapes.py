"""The documents that cross boundaries, as types; `scribe.schemas` checks them at run time."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Language = Literal["en", "es"]
LanguageChoice = Literal["en", "es", "auto"]
Outcome = Literal["COMPLETED", "FAILED"]
TaskKind = Literal["transcribe", "detect"]
Timing = Literal["aligned", "estimated"]
SeamStatus = Literal["clean", "repaired", "doubtful"]
Doubt = Literal["low_probability", "token_limit", "seam"]
GapReason = Literal[
    "no_speech", "repetition", "low_probability", "phantom", "vocabulary_only", "missing_chunk"
]


class ObjectReference(TypedDict):
    """An object in S3."""

    bucket: str
    key: str


class Source(TypedDict):
    """The uploaded recording; `size_bytes` in bytes."""

    bucket: str
    key: str
    size_bytes: int
    etag: str
    version_id: str | None


class ExecutionInput(TypedDict):
    """What StartExecution is given."""

    version: int
    user_id: str
    job_id: str
    attempt: int
    source: Source
    file_name: str
    language: LanguageChoice
    vocabulary: str
    metadata: NotRequired[dict[str, str]]


class PreparationRequest(ExecutionInput):
    """What PrepareAudio is given."""

    execution_arn: str


class ChunkTask(TypedDict):
    """One chunk to transcribe, or the probe to detect the language on; samples at 16 kHz."""

    version: int
    kind: TaskKind
    user_id: str
    job_id: str
    attempt: int
    execution_arn: str
    index: int
    time_range: str
    audio: ObjectReference
    start_sample: int
    end_sample: int
    language: Language | None
    vocabulary: str
    result: ObjectReference
    outcome: ObjectReference


class ChunkMessage(TypedDict):
    """A chunk task on the fleet's queue."""

    version: int
    task: ChunkTask
    task_token: str


class Preparation(TypedDict):
    """What PrepareAudio returns."""

    version: int
    duration_seconds: float
    sample_count: int
    language: Language | None
    detect: ChunkTask | None
    chunks: list[ChunkTask]
    preparation_seconds: float


class Word(TypedDict):
    """One word; times in seconds."""

    word: str
    start: float
    end: float
    confidence: float | None
    timing: Timing


class Segment(TypedDict):
    """A stretch of speech; its words say its text."""

    start: float
    end: float
    language: Language
    speaker: str | None
    text: str
    confidence: float | None
    doubtful: bool
    doubts: list[Doubt]
    words: list[Word]


class Gap(TypedDict):
    """A stretch of sound that has no text; times in seconds."""

    start: float
    end: float
    reason: GapReason


class Seam(TypedDict):
    """How two chunks were joined; times in seconds."""

    start: float
    end: float
    status: SeamStatus


class VocabularyUse(TypedDict):
    """What became of a vocabulary: the tokens it took, and the terms without room."""

    text: str
    token_count: int
    dropped: list[str]


class Model(TypedDict):
    """The model that transcribed."""

    name: str
    compute_type: str
    version: str


class ChunkResult(TypedDict):
    """One chunk's transcript; times in seconds from the chunk's first sample."""

    version: int
    index: int
    start_sample: int
    end_sample: int
    requested_language: Language | None
    language: Language
    language_probability: float | None
    vocabulary: VocabularyUse
    segments: list[Segment]
    gaps: list[Gap]
    speech_seconds: float
    model: Model
    step_seconds: dict[str, float]


class LanguageResult(TypedDict):
    """The language detection on the probe."""

    version: int
    language: Language
    language_probability: float | None
    probabilities: dict[str, float]
    model: Model


class ErrorReport(TypedDict):
    """An error's class name and its text for operators."""

    name: str
    message: str


class ChunkOutcome(TypedDict):
    """How a chunk task ended."""

    version: int
    kind: TaskKind
    index: int
    status: Literal["succeeded", "failed"]
    result: ObjectReference | None
    language: Language | None
    language_probability: float | None
    word_count: int
    error: ErrorReport | None


class AssemblyRequest(TypedDict):
    """What AssembleTranscript is given."""

    version: int
    user_id: str
    job_id: str
    attempt: int
    execution_arn: str
    file_name: str
    metadata: NotRequired[dict[str, str]]
    language: Language | None
    language_probability: float | None
    duration_seconds: float
    sample_count: int
    preparation_seconds: float
    results: list[ObjectReference]
    chunk_audio: list[ObjectReference]


class TranscriptObjects(TypedDict):
    """Where each format of a transcript is stored."""

    json: ObjectReference
    txt: ObjectReference
    srt: ObjectReference
    vtt: ObjectReference


class Figures(TypedDict):
    """What is told of a transcript without its text."""

    language: Language
    language_probability: float | None
    duration_seconds: float
    word_count: int
    confidence: float | None
    gap_count: int
    gap_seconds: float
    doubtful_count: int
    no_speech: bool
    cost_usd: float


class Assembly(Figures):
    """What AssembleTranscript returns: figures, never text."""

    version: int
    transcript: TranscriptObjects


class Processing(TypedDict):
    """What a transcript took to make."""

    step_seconds: dict[str, float]
    audio_seconds: float
    cost_usd: float


class Transcript(TypedDict):
    """transcript.json; times in seconds on the file's clock."""

    version: int
    job_id: str
    language: Language
    language_probability: float | None
    duration_seconds: float
    text: str
    confidence: float | None
    no_speech: bool
    segments: list[Segment]
    gaps: list[Gap]
    seams: list[Seam]
    vocabulary: VocabularyUse
    metadata: NotRequired[dict[str, str]]
    model: Model
    processing: Processing


class ErrorName(TypedDict):
    """An error's class name, without the text that is for operators."""

    name: str


class JobEvent(TypedDict):
    """How a job ended, for other systems of the account."""

    version: int
    event_id: str
    user_id: str
    job_id: str
    attempt: int
    outcome: Outcome
    file_name: str
    metadata: dict[str, str]
    created_at: str
    ended_at: str
    result: Figures | None
    transcript: TranscriptObjects | None
    error: ErrorName | None


class Peaks(TypedDict):
    """The wave form for the player."""

    version: int
    duration_seconds: float
    stretch_seconds: float
    peaks: list[int]
