"""A person's own recordings, each with what is said in it, through the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.quality.measuring.engine import judge, judge_texts, seconds_by_reason, transcribe
from bench.quality.results import Condition, Hearing
from models.speech import SAMPLE_RATE
from samples.variants import decoded

if TYPE_CHECKING:
    from pathlib import Path

    from scribe.shapes import Language

    from bench.quality.measuring.engine import Listener

REFERENCE: Final = ".txt"


class RecordingsMissing(Exception):
    """A folder holds no recording with its text; the text names the folder."""


@dataclass(frozen=True)
class Recording:
    """A recording and, beside it, the text of it; an empty one where nobody speaks."""

    audio: Path
    reference: Path


def find(folder: Path) -> list[Recording]:
    """Every file that has a text of the same name beside it.

    Raises:
        RecordingsMissing: there is none.
    """
    found = [
        Recording(audio, audio.with_suffix(REFERENCE))
        for audio in sorted(folder.glob("*"))
        if audio.suffix != REFERENCE and audio.with_suffix(REFERENCE).is_file()
    ]
    if not found:
        raise RecordingsMissing(f"{folder} has no recording with a {REFERENCE} file beside it")
    return found


def hear(listener: Listener, recording: Recording, language: Language | None) -> Hearing:
    """Transcribe a recording and judge every word.

    Args:
        listener: with the model to measure.
        recording: of any length that memory holds; 230 MB an hour.
        language: None to detect it.

    Raises:
        CalledProcessError: ffmpeg cannot read the recording.
        LanguageUnsupported: none of the configured languages is spoken.
    """
    samples = decoded(recording.audio)
    said = recording.reference.read_text("utf-8").split()
    answer = transcribe(listener, samples, language)
    errors, words = judge(said, answer.words)
    segments = answer.transcription.segments
    return Hearing(
        name=recording.audio.name,
        condition=Condition(),
        seconds=len(samples) / SAMPLE_RATE,
        engine_seconds=answer.seconds,
        errors={answer.transcription.language: errors},
        words=tuple(words),
        segments=len(segments),
        doubtful=sum(segment["doubtful"] for segment in segments),
        gaps=seconds_by_reason(answer.transcription.gaps),
        texts=judge_texts(said, answer.judgements),
    )
