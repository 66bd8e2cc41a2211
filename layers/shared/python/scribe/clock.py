"""The platform's one clock: samples at 16 kHz, counted from the start of the recording."""

from __future__ import annotations

from typing import Final

SAMPLE_RATE: Final = 16_000
"""Samples a second of everything that leaves PrepareAudio; what Whisper expects."""


def samples(seconds: float) -> int:
    """The whole number of samples nearest to a time in seconds."""
    return round(seconds * SAMPLE_RATE)


def seconds(sample_count: int) -> float:
    """A number of samples as seconds, exact to the millisecond that documents carry."""
    return round(sample_count / SAMPLE_RATE, 3)


def time_range(start_sample: int, end_sample: int) -> str:
    """A stretch as the console shows it: `00:10:00–00:20:03`, whole seconds, rounded down."""
    return f"{_clock_face(start_sample)}–{_clock_face(end_sample)}"


def _clock_face(sample: int) -> str:
    minutes, second = divmod(sample // SAMPLE_RATE, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}"
