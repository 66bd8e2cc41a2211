"""The worker's own engine, listened to while it judges its own work."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worker import models
from worker.__main__ import OFFLINE
from worker.gates import Gates
from worker.settings import EngineSettings

from bench.quality.results import JudgedText, JudgedWord
from bench.quality.word_errors import plain, share_wrong, wrong_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scribe.shapes import Gap, GapReason, Language, Segment, Word
    from worker.engine.protocol import Engine, Samples, Transcription
    from worker.evidence import Evidence
    from worker.gates import Failure
    from worker.models import Catalogue, ModelProfile, VadName

    from bench.quality.results import WordErrors
    from commands.models.install import InstalledModel


@dataclass(frozen=True)
class Judgement:
    """What the gates were shown, and what they said."""

    evidence: Evidence
    speech_seconds: float
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class ListenedGates(Gates):
    """Gates that also write down every judgement."""

    judgements: list[Judgement] = field(default_factory=list)

    def failures(
        self,
        evidence: Evidence,
        speech_seconds: float,
        hot_words: Sequence[str] = (),
        *,
        is_suspected: bool = False,
    ) -> tuple[Failure, ...]:
        """What speaks against a text; see `Gates`."""
        found = super().failures(evidence, speech_seconds, hot_words, is_suspected=is_suspected)
        self.judgements.append(Judgement(evidence, speech_seconds, found))
        return found


@dataclass(frozen=True)
class Listener:
    """An engine, and the judgements that its gates write down."""

    engine: Engine
    judgements: list[Judgement]


@dataclass(frozen=True)
class Answer:
    """What an engine made of some audio, in how many seconds, and every judgement on the way."""

    transcription: Transcription
    seconds: float
    judgements: tuple[Judgement, ...]

    @property
    def words(self) -> list[Word]:
        """All words, in order."""
        return words_of(self.transcription.segments)


def catalogue() -> Catalogue:
    """models.toml, as the worker reads it."""
    return models.load(Path(EngineSettings().models_file))


def load(model: InstalledModel, threads: int, vad: VadName | None = None) -> Listener:
    """Load the engine as a worker does: offline, with the model's settings in models.toml.

    Args:
        model: what to load.
        threads: of the CPU.
        vad: another detector of speech than the model's own.
    """
    os.environ.update(OFFLINE, NLTK_DATA=str(model.nltk_data), OMP_NUM_THREADS=str(threads))
    from worker.engine.whisperx_engine import WhisperXEngine  # noqa: PLC0415  # reads the environment

    settings = EngineSettings(
        model_name=model.name,
        model_directory=str(model.directory),
        aligner_directories=tuple(f"{code}={path}" for code, path in model.aligners.items()),
        threads=threads,
    )
    profile, judgements = listened(catalogue().model(model.name))
    return Listener(WhisperXEngine(settings, replace(profile, vad=vad or profile.vad)), judgements)


def listened(profile: ModelProfile) -> tuple[ModelProfile, list[Judgement]]:
    """The same settings, with gates that write into the list."""
    gates = ListenedGates(**vars(profile.gates))
    return replace(profile, gates=gates), gates.judgements


def transcribe(listener: Listener, samples: Samples, language: Language | None) -> Answer:
    """Transcribe some audio, in a language or in the one that is heard."""
    listener.judgements.clear()
    began = time.monotonic()
    heard = listener.engine.transcribe(samples, language, batch_scale=1.0, progress=lambda _: None)
    took = time.monotonic() - began
    # A text that is suspected later is judged twice: the last judgement holds.
    last = {id(one.evidence): one for one in listener.judgements}
    return Answer(heard, took, tuple(last.values()))


def words_of(segments: Iterable[Segment]) -> list[Word]:
    """All words, in order."""
    return [word for segment in segments for word in segment["words"]]


def judge(said: Sequence[str], heard: Sequence[Word]) -> tuple[WordErrors, list[JudgedWord]]:
    """Compare a transcript's words with those that were said."""
    errors, wrong = wrong_words(said, [word["word"] for word in heard])
    return errors, [
        JudgedWord(word["confidence"], is_wrong)
        for word, is_wrong in zip(heard, wrong, strict=True)
        if is_wrong is not None
    ]


def judge_texts(said: Sequence[str], judgements: Iterable[Judgement]) -> tuple[JudgedText, ...]:
    """Compare every decoding of a window with what was said."""
    reference = [word for text in said for word in plain(text)]
    judged = []
    for one in judgements:
        words = plain(one.evidence.text)
        judged.append(
            JudgedText(
                mean_log_probability=one.evidence.mean_log_probability,
                no_speech_probability=one.evidence.no_speech_probability,
                compression_ratio=one.evidence.compression_ratio,
                words_per_second=len(words) / one.speech_seconds,
                failures=one.failures,
                share_wrong=share_wrong(reference, words),
            )
        )
    return tuple(judged)


def seconds_by_reason(gaps: Iterable[Gap]) -> tuple[tuple[GapReason, float], ...]:
    """How much has no text, and why."""
    total: dict[GapReason, float] = {}
    for gap in gaps:
        total[gap["reason"]] = total.get(gap["reason"], 0.0) + gap["end"] - gap["start"]
    return tuple(sorted(total.items()))
