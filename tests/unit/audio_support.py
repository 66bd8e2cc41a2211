"""Sounds made of numbers, files made by ffmpeg, and a bucket to serve them from."""

from __future__ import annotations

import io
import itertools
import subprocess
import wave
from typing import TYPE_CHECKING, Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # ships no types
import numpy as np
from scribe.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from numpy.typing import NDArray
    from scribe.levels import Samples
    from scribe.shapes import Source

FFMPEG: Final = "/usr/bin/ffmpeg"
FFMPEGS: Final = (FFMPEG, imageio_ffmpeg.get_ffmpeg_exe())
"""The system's ffmpeg, and the static build that the Lambda layer holds."""

BUCKET: Final = "audio"


def noise(seconds: float, dbfs: float, *, seed: int = 0) -> Samples:
    """White noise of that level."""
    random = np.random.default_rng(seed)
    values = random.standard_normal(round(seconds * SAMPLE_RATE)) * 32768 * 10 ** (dbfs / 20)
    samples: Samples = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return samples


def tone(seconds: float, *, amplitude: int = 8000, hertz: float = 440) -> Samples:
    """A sine."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples: Samples = np.rint(amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.int16)
    return samples


def wav(samples: NDArray[np.int16], *, rate: int = SAMPLE_RATE) -> bytes:
    """A WAV file of samples of shape (n,) or (n, channels)."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def made_by_ffmpeg(path: Path, *arguments: str) -> bytes:
    """The file that ffmpeg makes of these arguments, under that name."""
    command = [FFMPEG, "-nostdin", "-loglevel", "error", "-y", *arguments, str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def decoded(flac: bytes) -> Samples:
    """A FLAC file's samples, as they are."""
    command = [FFMPEG, "-loglevel", "error", "-i", "pipe:0", "-f", "s16le", "pipe:1"]
    done = subprocess.run(command, input=flac, capture_output=True, check=True)
    samples: Samples = np.frombuffer(done.stdout, dtype="<i2")
    return samples


def uploaded(s3: S3Client, body: bytes, *, key: str = "user/recording") -> Source:
    """Put a recording into the bucket, as a user would."""
    etag = s3.put_object(Bucket=BUCKET, Key=key, Body=body)["ETag"]
    return {
        "bucket": BUCKET,
        "key": key,
        "size_bytes": len(body),
        "etag": etag.strip('"'),
        "version_id": None,
    }


def loudness(samples: Samples, borders: Sequence[float]) -> list[float]:
    """The level between each two neighbouring times in seconds, in dBFS; -100 for silence."""
    levels = []
    for start, end in itertools.pairwise(borders):
        part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)].astype(float)
        power = float(np.mean(part**2)) / 32768**2
        levels.append(10 * np.log10(power) if power else -100.0)
    return levels
