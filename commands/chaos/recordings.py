"""The recordings of a run: made by rule, so that what must come of them is known."""

from __future__ import annotations

import io
import subprocess
import wave
from typing import TYPE_CHECKING, Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types
import numpy as np

from commands.chaos.plan import SILENT, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from commands.chaos.plan import PlannedJob

_RATE: Final = 8000
_PHRASE_SECONDS: Final = 8
_PAUSE_SECONDS: Final = 1.2
"""So that every cut falls into a pause, and no two chunks share a word."""
_TONE_HZ: Final = 220
_MIDDLE: Final = 128


def recording_of(job: PlannedJob, folder: Path) -> Path:
    """Write a job's recording, whatever it is worth."""
    if job.kind is Kind.NO_AUDIO:
        return _without_sound(folder / f"{job.name}.mp4")
    path = folder / f"{job.name}.wav"
    if job.kind is Kind.UNREADABLE:
        path.write_bytes(b"This is no recording. " * 64)
    else:
        path.write_bytes(_wave(job.seconds, silent=job.kind in SILENT))
    return path


def _wave(seconds: int, *, silent: bool) -> bytes:
    moments = np.arange(seconds * _RATE) / _RATE
    samples = 90 * np.sin(2 * np.pi * _TONE_HZ * moments)
    samples[moments % _PHRASE_SECONDS >= _PHRASE_SECONDS - _PAUSE_SECONDS] = 0
    if silent:
        samples[:] = 0
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(_RATE)
        file.writeframes((samples + _MIDDLE).astype(np.uint8).tobytes())
    return written.getvalue()


def _without_sound(path: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "color=c=gray:s=32x32:d=1")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *picture, str(path)]
    subprocess.run(command, check=True)
    return path
