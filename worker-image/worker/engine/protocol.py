"""What the worker asks of an engine, and what it is given; no engine is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scribe.shapes import Gap, Language, Model, Segment, VocabularyUse

    Samples = NDArray[np.float32]
    """Mono audio at 16 kHz, between -1 and 1."""
    Progress = Callable[[float], None]
    """Told the done part of the work, from 0 to 1."""


NO_VOCABULARY: Final[VocabularyUse] = {"text": "", "token_count": 0, "dropped": []}


@dataclass(frozen=True)
class Transcription:
    """What was said in one stretch of audio; times in seconds from its first sample.

    Attributes:
        language: the language of the audio as a whole; a segment may have another.
        language_probability: None if the language was given, or if nobody speaks.
        speech_seconds: how much of the audio is speech.
        gaps: where sound has no text, and why.
        vocabulary: what became of the vocabulary.
        step_seconds: what each step took.
    """

    language: Language
    language_probability: float | None
    segments: Sequence[Segment]
    speech_seconds: float
    gaps: Sequence[Gap] = ()
    vocabulary: VocabularyUse = field(default_factory=lambda: NO_VOCABULARY)
    step_seconds: Mapping[str, float] = field(default_factory=dict)


class Engine(Protocol):
    """Turns samples into words."""

    @property
    def model(self) -> Model:
        """What transcribes: its name, compute type and version."""

    @property
    def damaged(self) -> bool:
        """Whether the process should end after this chunk, as after an error of the GPU."""

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,
        progress: Progress,
    ) -> Transcription:
        """Transcribe one chunk.

        Args:
            samples: the chunk's audio.
            language: what is spoken; None to detect it.
            vocabulary: names and terms that may occur, separated as `scribe.vocabulary` reads them.
            batch_scale: a factor on the batch size, below 1 after a worker was lost.
            progress: told how far the work is.

        Raises:
            LanguageUnsupported: none of the configured languages is spoken.
            OutOfMemory: memory ran out, although the batch was halved.
        """

    def detect(self, samples: Samples) -> Sequence[Mapping[str, float]]:
        """The probability of each language, for several windows of speech; none in silence."""
