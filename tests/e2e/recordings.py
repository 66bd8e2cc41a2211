"""Files that people hand in by mistake, and short recordings under names of every kind."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from samples import sample

if TYPE_CHECKING:
    from pathlib import Path

    from scribe.shapes import LanguageChoice

SPOKEN: Final = "Good morning everyone."
"""What the first two seconds of the English sample say."""
_SPOKEN_SECONDS: Final = 2.0

DOWNLOAD_NAMES: Final = {
    "my talk  of monday.wav": "my talk of monday.txt",
    "1+1 = 2 & more.wav": "1+1 = 2 & more.txt",
    "the \"big\" day, O'Brien's.wav": "the _big_ day, O'Brien's.txt",
    "año nuevo, canción nº 1.wav": "año nuevo, canción nº 1.txt",
    "cafe\u0301.wav": "café.txt",
    "party 🎉.wav": "party 🎉.txt",
    "100%25 sure.wav": "100_25 sure.txt",
    "<img src=x onerror=alert(1)>.wav": "_img src=x onerror=alert(1)_.txt",
    "one\rBcc: everybody@example.com\u2028two.wav": "one Bcc_ everybody@example.com two.txt",
    "very long name " * 60 + "end.wav": ("very long name " * 14)[:200].strip() + ".txt",
}
"""File names as users have them, and the names under which browsers save the text."""


@dataclass(frozen=True)
class Mistake:
    """A file that cannot be transcribed.

    Attributes:
        name: of the file.
        body: its bytes.
        error: the name of the error that its owner is told of.
    """

    name: str
    body: bytes
    error: str


def mistakes(folder: Path) -> dict[str, Mistake]:
    """Files that fail, by what is wrong with them; made in an empty folder."""
    cut_off = _ffmpeg(folder / "cut-off.m4a", "-i", str(sample("english").path), "-t", "5")
    without_sound = _ffmpeg(
        folder / "film.mp4", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=5"
    )
    return {
        "an empty file": Mistake("empty.mp3", b"", "AudioEmpty"),
        "a text with the name of a recording": Mistake(
            "letter.mp3", b"Dear all, the recording is attached.\n" * 50, "AudioUnreadable"
        ),
        "a video without sound": Mistake("film.mp4", without_sound, "NoAudioTrack"),
        # An MP4's index stands at its end: without it, nobody can tell where the sound is.
        "half of an MP4 file": Mistake(
            "cut-off.m4a", cut_off[: len(cut_off) // 2], "AudioUnreadable"
        ),
    }


def cut_off_mp3() -> bytes:
    """The English sample as an upload that stopped in the middle of a frame leaves it."""
    whole = sample("english").path.read_bytes()
    return whole[: len(whole) * 6 // 10 + 1]


def silence(folder: Path) -> bytes:
    """Five seconds in which nothing is heard but a faint hum."""
    return _ffmpeg(
        folder / "silence.wav", "-f", "lavfi", "-i", "sine=frequency=50:duration=5,volume=0.002"
    )


def spoken(folder: Path) -> bytes:
    """A recording that says `SPOKEN`."""
    return excerpt(folder / "spoken.wav", "english", _SPOKEN_SECONDS)


def excerpt(path: Path, name: str, seconds: float) -> bytes:
    """The beginning of a sample, in the format of the path's extension."""
    return _ffmpeg(path, "-i", str(sample(name).path), "-t", str(seconds))


@dataclass(frozen=True)
class Upload:
    """A recording as its owner hands it in."""

    name: str
    body: bytes
    language: LanguageChoice = "auto"


def _ffmpeg(path: Path, *arguments: str) -> bytes:
    command = ["ffmpeg", "-loglevel", "error", "-y", *arguments, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.read_bytes()
