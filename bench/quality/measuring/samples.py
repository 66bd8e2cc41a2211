"""The sample recordings through the engine: as they are, over a telephone, and in noise."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bench.quality.measuring.engine import judge, judge_texts, seconds_by_reason, transcribe
from bench.quality.results import Condition, Hearing, JudgedWord, Noise, WordErrors
from models.measures import HeardWord, time_errors
from models.speech import SAMPLE_RATE
from samples import sample
from samples.noise import level, mixed
from samples.passages import Passage, passage, passages
from samples.variants import VARIANTS, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from scribe.shapes import Doubt, Language, Segment, Word
    from worker.engine.protocol import Samples

    from bench.quality.measuring.engine import Listener
    from models.sounds import Kind
    from samples.variants import Variant

SHORT: Final = ("english", "spanish", "english-then-spanish")
LEVELS: Final = (30.0, 20.0, 10.0, 5.0, 0.0, -5.0)
"""Of the speech above the noise, in dB."""
_PART_SECONDS: Final = 300.0
"""Of a long recording that is transcribed at once: parts can then share the cores."""
_NOISY_PART: Final = (60.0, 240.0)
"""The seconds of the long recording that are used in noise."""
_SEED: Final = 5

Job = tuple[Passage, Condition]


def accuracy_jobs() -> list[Job]:
    """Every sample, whole, in every variant."""
    parts = [part for name in (*SHORT, "long") for part in passages(sample(name), _PART_SECONDS)]
    return [(part, Condition(variant)) for variant in VARIANTS for part in parts]


def noisy_jobs() -> list[Job]:
    """The short samples and three minutes of the long one, at every level of noise."""
    noises = (None, *(Noise(colour, snr) for colour in ("white", "pink") for snr in LEVELS))
    parts = [part for name in SHORT for part in passages(sample(name), _PART_SECONDS)]
    parts.append(passage(sample("long"), *_NOISY_PART))
    return [(part, Condition("clean", noise)) for noise in noises for part in parts]


def audio(part: Passage, condition: Condition) -> Samples:
    """A part of a sample as its condition leaves it."""
    whole = _decoded(part.sample.path, condition.variant)
    samples = whole[round(part.start * SAMPLE_RATE) : round(part.end * SAMPLE_RATE)]
    noise = condition.noise
    if noise is None:
        return samples
    spoken = [(word.start - part.start, word.end - part.start) for word in part.words]
    kind: Kind = "white noise" if noise.colour == "white" else "pink noise"
    return mixed(samples, kind, level(samples, spoken), noise.snr_db, _SEED)


def hear(listener: Listener, job: Job) -> Hearing:
    """Transcribe a part of a sample without saying its language, and judge every word."""
    part, condition = job
    return listen(listener, part, condition, audio(part, condition))


def listen(listener: Listener, part: Passage, condition: Condition, heard: Samples) -> Hearing:
    """Transcribe a part of a sample from audio that was made before."""
    answer = transcribe(listener, heard, None)
    errors, judged = _by_language(part, answer.words)
    times = time_errors(
        [(word.word, word) for word in part.words],
        [
            HeardWord(word["word"], word["start"] + part.start, word["end"] + part.start)
            for word in answer.words
        ],
    )
    segments = answer.transcription.segments
    return Hearing(
        name=part.sample.name,
        condition=condition,
        seconds=part.seconds,
        engine_seconds=answer.seconds,
        errors=errors,
        words=tuple(judged),
        start_errors=tuple(times.starts),
        end_errors=tuple(times.ends),
        estimated=sum(word["timing"] == "estimated" for word in answer.words),
        segments=len(segments),
        doubtful=sum(segment["doubtful"] for segment in segments),
        doubts=_doubts(segments),
        gaps=seconds_by_reason(answer.transcription.gaps),
        texts=judge_texts([word.word for word in part.words], answer.judgements),
    )


@lru_cache(maxsize=1)
def _decoded(path: Path, variant: Variant) -> Samples:
    """The parts of one recording follow one another, and its second encoding takes seconds."""
    return decoded(path, variant)


def _by_language(
    part: Passage, heard: Sequence[Word]
) -> tuple[dict[Language, WordErrors], list[JudgedWord]]:
    """Judge what was heard in each language's time by what was said in it."""
    errors: dict[Language, WordErrors] = {}
    judged: list[JudgedWord] = []
    for language in dict.fromkeys(stretch.language for stretch in part.stretches):
        said = [word.word for word in part.words if part.language_at(word.start) == language]
        answer = [
            word for word in heard if part.language_at(part.start + _middle(word)) == language
        ]
        errors[language], words = judge(said, answer)
        judged += words
    return errors, judged


def _middle(word: Word) -> float:
    return (word["start"] + word["end"]) / 2


def _doubts(segments: Iterable[Segment]) -> tuple[tuple[Doubt, int], ...]:
    counted = Counter(doubt for segment in segments for doubt in segment["doubts"])
    return tuple(sorted(counted.items()))
