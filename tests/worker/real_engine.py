"""The real engine with the embedded model, and recordings whose words and times are known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jiwer
from worker import models
from worker.audio import decode_flac
from worker.settings import EngineSettings

from models.sentences import words as plain_words
from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from scribe.shapes import Language, Segment
    from worker.engine.protocol import Engine, Samples, Transcription
    from worker.engine.whisperx_engine import WhisperXEngine

RECORDINGS = Path(__file__).parent / "recordings"
LANGUAGES: tuple[Language, ...] = ("en", "es")


@dataclass(frozen=True)
class Recording:
    language: Language
    samples: Samples
    text: str
    words: list[dict[str, Any]]


def recording(language: Language) -> Recording:
    document = json.loads((RECORDINGS / f"{language}.json").read_text("utf-8"))
    samples = decode_flac((RECORDINGS / f"{language}.flac").read_bytes())
    return Recording(language, samples, document["text"], document["words"])


def error_rate(reference: str, segments: list[Segment]) -> float:
    said = " ".join(segment["text"] for segment in segments)
    return jiwer.wer(" ".join(plain_words(reference)), " ".join(plain_words(said)))


def load_engine() -> WhisperXEngine:
    fixture = unpack_fixture()
    from worker.engine.whisperx_engine import WhisperXEngine  # noqa: PLC0415  # seconds to import

    settings = EngineSettings(
        model_directory=str(fixture.whisper),
        aligner_directories=tuple(f"{code}={fixture.aligner}" for code in LANGUAGES),
        threads=1,
    )
    return WhisperXEngine(settings, models.load(Path(settings.models_file)).model("fixture"))


def transcribe(
    engine: Engine, samples: Samples, language: Language | None = None, vocabulary: str = ""
) -> Transcription:
    return engine.transcribe(
        samples, language, vocabulary=vocabulary, batch_scale=1.0, progress=lambda _: None
    )
