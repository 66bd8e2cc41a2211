"""Where speech is: WhisperX's voice activity detection, run as a step of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import torch
from faster_whisper.vad import VadOptions, get_speech_timestamps
from scribe.clock import SAMPLE_RATE
from whisperx.diarize import Segment
from whisperx.vads import Pyannote, Vad

from worker.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.engine.protocol import Samples
    from worker.models import VadName

ONSET: Final = 0.5
OFFSET: Final = 0.363
"""The probabilities at which speech begins and ends: WhisperX's own defaults."""
_SHORTEST_SECONDS: Final = 0.1
"""Below this there is no word, and the detectors' own windows are longer."""


class Detector(Protocol):
    """Finds windows of speech."""

    def windows(
        self, samples: Samples, longest_seconds: float, onset: float = ONSET
    ) -> list[Window]:
        """The windows, in order, none longer than that.

        Args:
            samples: any audio.
            longest_seconds: of a window.
            onset: the probability at which speech begins.
        """


class PyannoteDetector:
    """The pyannote model inside WhisperX: accurate, and slow without a GPU."""

    def __init__(self, device: str) -> None:
        self._vad = Pyannote(torch.device(device), vad_onset=ONSET, vad_offset=OFFSET)

    def windows(
        self, samples: Samples, longest_seconds: float, onset: float = ONSET
    ) -> list[Window]:
        """Score frames, binarise with hysteresis, merge neighbours."""
        if len(samples) < _SHORTEST_SECONDS * SAMPLE_RATE:
            return []
        scores = self._vad(
            {"waveform": Pyannote.preprocess_audio(samples), "sample_rate": SAMPLE_RATE}
        )
        merged = Pyannote.merge_chunks(scores, longest_seconds, onset=onset, offset=_offset(onset))
        return _windows(merged, len(samples) / SAMPLE_RATE)


class SileroDetector:
    """The Silero model inside faster-whisper: fast on a CPU, and here without a network."""

    def windows(
        self, samples: Samples, longest_seconds: float, onset: float = ONSET
    ) -> list[Window]:
        """Find speech, merge neighbours as WhisperX does."""
        if len(samples) < _SHORTEST_SECONDS * SAMPLE_RATE:
            return []
        options = VadOptions(
            threshold=onset,
            max_speech_duration_s=longest_seconds,
            min_silence_duration_ms=160,
            speech_pad_ms=100,
        )
        found = [
            Segment(part["start"] / SAMPLE_RATE, part["end"] / SAMPLE_RATE)
            for part in get_speech_timestamps(samples, options)
        ]
        if not found:
            return []
        merged = Vad.merge_chunks(found, longest_seconds, onset=onset, offset=_offset(onset))
        return _windows(merged, len(samples) / SAMPLE_RATE)


def detector(name: VadName, device: str) -> Detector:
    """The detector of that name."""
    return SileroDetector() if name == "silero" else PyannoteDetector(device)


class Prepared(Vad):  # type: ignore[misc]  # WhisperX has no types
    """Hands WhisperX's pipeline the windows that were found already."""

    def __init__(self) -> None:
        super().__init__(ONSET)
        self.windows: Sequence[Window] = ()

    def __call__(self, audio: object, **_: object) -> Sequence[Window]:  # noqa: ARG002  # WhisperX's signature
        """The windows, whatever the audio."""
        return self.windows

    @staticmethod
    def preprocess_audio(audio: Samples) -> Samples:
        """Nothing to do."""
        return audio

    @staticmethod
    def merge_chunks(
        windows: Sequence[Window],
        chunk_size: float,  # noqa: ARG004  # WhisperX's signature
        onset: float,  # noqa: ARG004  # WhisperX's signature
        offset: float | None,  # noqa: ARG004  # WhisperX's signature
    ) -> list[dict[str, Any]]:
        """The windows as WhisperX's pipeline reads them."""
        return [
            {"start": window.start, "end": window.end, "segments": list(window.speech)}
            for window in windows
        ]


def _offset(onset: float) -> float:
    """The probability at which speech ends; some way below that at which it begins."""
    return min(OFFSET, onset * OFFSET / ONSET)


def _windows(merged: list[dict[str, Any]], duration: float) -> list[Window]:
    found = []
    for part in merged:
        speech = tuple(
            (max(0.0, float(start)), min(duration, float(end)))
            for start, end in part["segments"]
            if start < min(end, duration)
        )
        if speech:
            found.append(Window(speech))
    return found
