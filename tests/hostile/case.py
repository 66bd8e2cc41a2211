"""What a case of hostile input is, and the place where its file is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.unit.audio_support import made_by_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scribe.errors import PermanentError

SINE: Final = ("-f", "lavfi", "-i")
"""Before the description of a sound or picture that ffmpeg makes itself."""


@dataclass(frozen=True)
class Workshop:
    """Where files are made, and what they may try to reach.

    Attributes:
        folder: for files on their way.
        canary_file: a good recording on this machine that no upload may read.
        canary_port: of a web server on 127.0.0.1 that serves the same recording.
    """

    folder: Path
    canary_file: Path
    canary_port: int

    @property
    def canary_url(self) -> str:
        return f"http://127.0.0.1:{self.canary_port}/canary.wav"

    def ffmpeg(self, name: str, *arguments: str) -> bytes:
        """The file that ffmpeg makes of these arguments; the name's ending says which kind."""
        return made_by_ffmpeg(self.folder / name, *arguments)


@dataclass(frozen=True)
class Refused:
    """The job fails with this error, and is not tried again."""

    error: type[PermanentError]


@dataclass(frozen=True)
class Heard:
    """The recording is prepared, and is this long; `within` seconds."""

    seconds: float
    within: float = 0.05


Outcome: TypeAlias = Refused | Heard


@dataclass(frozen=True)
class Case:
    """A hostile or odd file.

    Attributes:
        name: what it is.
        why: what it tries, or what could go wrong with it.
        make: makes its bytes.
        expected: how its job ends.
        file_name: what its owner calls it; product and ffmpeg must not care.
    """

    name: str
    why: str
    make: Callable[[Workshop], bytes]
    expected: Outcome
    file_name: str = "recording.mp3"


def constant(body: bytes) -> Callable[[Workshop], bytes]:
    """Makes always the same file."""
    return lambda _workshop: body
