"""A recording as it sounds after a telephone line or a narrow MP3."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000

Variant = Literal["clean", "phone", "mp3"]
VARIANTS: Final[tuple[Variant, ...]] = get_args(Variant)
"""`clean`: the file itself. `phone`: 8 kHz mu-law, 300 to 3,400 Hz. `mp3`: 32 kbit/s."""

_ENCODERS: Final[dict[Variant, tuple[str, tuple[str, ...]]]] = {
    "phone": (
        "phone.wav",
        ("-af", "highpass=f=300,lowpass=f=3400", "-ar", "8000", "-c:a", "pcm_mulaw"),
    ),
    "mp3": ("narrow.mp3", ("-c:a", "libmp3lame", "-b:a", "32k")),
}


def decoded(
    path: Path, variant: Variant = "clean", *, seconds: float | None = None
) -> NDArray[np.float32]:
    """Read a recording with ffmpeg, after a second encoding unless it is to be clean.

    Args:
        path: any file that ffmpeg reads.
        variant: one of `VARIANTS`.
        seconds: how much of it, from its start; all if absent.

    Returns:
        16 kHz mono samples between -1 and 1, on the recording's own clock.

    Raises:
        CalledProcessError: ffmpeg cannot read the file.
    """
    if variant == "clean":
        return _read(path, seconds)
    name, encoder = _ENCODERS[variant]
    # A file, not a pipe: an MP3's header, written last, says how much of its start to leave out.
    with tempfile.TemporaryDirectory() as scratch:
        coded = Path(scratch) / name
        read = ("ffmpeg", "-v", "error", *_limit(seconds), "-i", str(path))
        command = (*read, "-vn", "-ac", "1", *encoder)
        subprocess.run([*command, str(coded)], check=True)
        return _read(coded)


def _read(path: Path, seconds: float | None = None) -> NDArray[np.float32]:
    form = ("-f", "s16le", "-ac", "1", "-ar", str(SAMPLE_RATE))
    command = ("ffmpeg", "-v", "error", *_limit(seconds), "-i", str(path), "-vn", *form, "pipe:1")
    pcm = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)


def _limit(seconds: float | None) -> tuple[str, ...]:
    return () if seconds is None else ("-t", str(seconds))
