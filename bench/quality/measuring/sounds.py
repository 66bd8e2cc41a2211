"""Sounds without words through the engine: whatever it answers is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from scribe.shapes import Language

from bench.quality.measuring.engine import seconds_by_reason, transcribe
from bench.quality.results import SoundHeard
from models.sounds import KINDS, sound

if TYPE_CHECKING:
    from bench.quality.measuring.engine import Listener
    from models.sounds import Kind

SECONDS: Final = (3.0, 30.0)
SEEDS: Final = (1, 2)

Job = tuple["Kind", Language, float, int]


def jobs() -> list[Job]:
    """Every kind, short and long, twice, in every language."""
    return [
        (kind, language, seconds, seed)
        for kind in KINDS
        for language in get_args(Language)
        for seconds in SECONDS
        for seed in SEEDS
    ]


def hear(listener: Listener, job: Job) -> SoundHeard:
    """Transcribe one sound in the language it is claimed to be in."""
    kind, language, seconds, seed = job
    answer = transcribe(listener, sound(kind, seconds, seed), language)
    gaps = seconds_by_reason(answer.transcription.gaps)
    return SoundHeard(
        kind=kind,
        language=language,
        seconds=seconds,
        words=tuple(word["word"] for word in answer.words),
        passed=answer.transcription.speech_seconds + sum(seconds for _, seconds in gaps),
        gaps=gaps,
        texts=len(answer.judgements),
    )
