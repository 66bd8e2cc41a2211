"""An engine without a model: known speed, words that follow from the audio's length alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from scribe.clock import SAMPLE_RATE
from scribe.errors import BY_NAME

from worker.engine.protocol import NO_VOCABULARY, Transcription

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scribe.shapes import Language, Model, Segment

    from worker.engine.protocol import Progress, Samples

_SEGMENT_SECONDS: Final = 5.0
_WORD_SECONDS: Final = 0.5
_STEPS: Final = 50


class FakeEngine:
    """Takes the time it is told to and says `word0 word1 …`, two words a second.

    Args:
        languages: the configured languages; the first is what it hears.
        seconds_per_audio_second: its speed; 0 answers at once.
        failures: names of errors, raised one after the other; `-` is a success, and so is
            everything after the last.
    """

    def __init__(
        self,
        languages: Sequence[Language] = ("en", "es"),
        *,
        seconds_per_audio_second: float = 0.0,
        failures: Iterable[str] = (),
    ) -> None:
        self._languages = languages
        self._speed = seconds_per_audio_second
        self._failures = iter(tuple(failures))
        self.damaged = False

    @property
    def model(self) -> Model:
        """A model that says of itself that it is none."""
        return {"name": "fake", "compute_type": "none", "version": "1"}

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,  # noqa: ARG002  # the protocol's; nothing is batched here
        progress: Progress,
    ) -> Transcription:
        """Wait as long as an engine of this speed would, then make up the words."""
        duration = len(samples) / SAMPLE_RATE
        for step in range(1, _STEPS + 1):
            time.sleep(duration * self._speed / _STEPS)
            progress(step / _STEPS)
        failure = next(self._failures, "-")
        if failure != "-":
            raise BY_NAME[failure]("raised by instruction")
        spoken = language or self._languages[0]
        return Transcription(
            language=spoken,
            language_probability=None if language else 1.0,
            segments=_segments(duration, spoken),
            speech_seconds=duration,
            vocabulary={**NO_VOCABULARY, "text": vocabulary},
            step_seconds={"transcribe": duration * self._speed},
        )

    def detect(self, samples: Samples) -> Sequence[Mapping[str, float]]:
        """The first configured language, with certainty; none in an empty stretch."""
        return [{self._languages[0]: 1.0}] if len(samples) else []


def _segments(duration: float, language: Language) -> list[Segment]:
    return [
        _segment(index, min(duration, (index + 1) * _SEGMENT_SECONDS), language)
        for index in range(int(duration // _SEGMENT_SECONDS) + 1)
        if duration - index * _SEGMENT_SECONDS >= _WORD_SECONDS
    ]


def _segment(index: int, end: float, language: Language) -> Segment:
    start = index * _SEGMENT_SECONDS
    per_segment = int(_SEGMENT_SECONDS / _WORD_SECONDS)
    count = int((end - start) / _WORD_SECONDS)
    names = [f"word{index * per_segment + place}" for place in range(count)]
    return {
        "start": start,
        "end": round(end, 3),
        "language": language,
        "speaker": None,
        "text": " ".join(names),
        "confidence": 1.0,
        "doubtful": False,
        "doubts": [],
        "words": [
            {
                "word": name,
                "start": start + place * _WORD_SECONDS,
                "end": start + (place + 1) * _WORD_SECONDS,
                "confidence": 1.0,
                "timing": "aligned",
            }
            for place, name in enumerate(names)
        ],
    }
