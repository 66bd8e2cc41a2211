"""What was measured, as plain values: the slow half makes them, the pages are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.shapes import Doubt, GapReason, Language
    from worker.gates import Failure
    from worker.models import VadName

    from models.sounds import Kind
    from samples.variants import Variant

NoiseColour = Literal["white", "pink"]


@dataclass(frozen=True)
class WordErrors:
    """How a transcript's words differ from those that were said."""

    said: int = 0
    substituted: int = 0
    missed: int = 0
    added: int = 0

    def __add__(self, other: WordErrors) -> WordErrors:
        """The errors of both, as if they were one recording."""
        return WordErrors(
            self.said + other.said,
            self.substituted + other.substituted,
            self.missed + other.missed,
            self.added + other.added,
        )

    @property
    def rate(self) -> float:
        """The word error rate: all errors by the words that were said."""
        return (self.substituted + self.missed + self.added) / max(1, self.said)


@dataclass(frozen=True)
class JudgedWord:
    """A word of a transcript: how sure the engine was, and whether it was wrong to be."""

    confidence: float | None
    is_wrong: bool


@dataclass(frozen=True)
class JudgedText:
    """One decoding of one window: what the gates went by, and whether they should have.

    Attributes:
        failures: of the gates, the gravest first; none for a text that passed.
        share_wrong: of its words; all where it has words and nobody spoke.
    """

    mean_log_probability: float
    no_speech_probability: float
    compression_ratio: float
    words_per_second: float
    failures: tuple[Failure, ...]
    share_wrong: float


@dataclass(frozen=True)
class Noise:
    """Noise under a recording; `snr_db` is the speech's power above it, in dB."""

    colour: NoiseColour
    snr_db: float


@dataclass(frozen=True)
class Condition:
    """How a recording was changed before it was transcribed."""

    variant: Variant = "clean"
    noise: Noise | None = None


@dataclass(frozen=True)
class Hearing:
    """One recording, or a part of one, through the engine.

    Attributes:
        name: of the recording.
        seconds: of audio.
        engine_seconds: that the engine took.
        errors: by the language that was spoken.
        words: of the transcript, each judged.
        start_errors: distances of words' starts from the true ones, in milliseconds.
        end_errors: the same of their ends.
        estimated: words whose times are not from the aligner.
        segments: how many.
        doubts: how many segments have each doubt; one may have several.
        doubtful: how many segments have any.
        gaps: seconds without text, by reason.
        texts: every decoding of a window, second tries too.
    """

    name: str
    condition: Condition
    seconds: float
    engine_seconds: float
    errors: Mapping[Language, WordErrors]
    words: tuple[JudgedWord, ...]
    start_errors: tuple[float, ...] = ()
    end_errors: tuple[float, ...] = ()
    estimated: int = 0
    segments: int = 0
    doubtful: int = 0
    doubts: tuple[tuple[Doubt, int], ...] = ()
    gaps: tuple[tuple[GapReason, float], ...] = ()
    texts: tuple[JudgedText, ...] = ()


@dataclass(frozen=True)
class Detection:
    """One detector on one scene; all in seconds.

    Attributes:
        speech: judged time in which somebody speaks.
        other: judged time in which nobody does.
        missed: speech that was not found.
        false: other sound that was taken for speech.
        took: how long the detector took.
    """

    detector: VadName
    scene: str
    seconds: float
    speech: float
    other: float
    missed: float
    false: float
    took: float


@dataclass(frozen=True)
class SoundHeard:
    """A sound without words through the engine.

    Attributes:
        words: that were invented.
        passed: seconds that voice activity detection took for speech.
        gaps: of these, the seconds that the gates threw away, by reason.
        texts: decodings that the gates judged, of a second, closer look too.
    """

    kind: Kind
    language: Language
    seconds: float
    words: tuple[str, ...]
    passed: float
    gaps: tuple[tuple[GapReason, float], ...]
    texts: int


@dataclass(frozen=True)
class Machine:
    """Where and when something was measured."""

    day: str
    system: str
    cores: int
    python: str
    model: str
    whisperx: str


@dataclass(frozen=True)
class Results:
    """Everything in docs/quality.md that is not said in words.

    Attributes:
        chosen: the detector of each model in models.toml.
        took: seconds, for all of it.
    """

    machine: Machine
    samples: tuple[Hearing, ...]
    noisy: tuple[Hearing, ...]
    detections: tuple[Detection, ...]
    sounds: tuple[SoundHeard, ...]
    chosen: Mapping[str, VadName]
    took: float
