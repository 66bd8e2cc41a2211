"""How long a recording is, as its file says; for an estimate, not for the platform."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types

if TYPE_CHECKING:
    from pathlib import Path

_DURATION: Final = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")


def audio_seconds(file: Path) -> float | None:
    """The length in seconds; None where the file does not say, or is no recording."""
    ffmpeg = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    # `file:` keeps a name with a colon from being read as a protocol.
    result = subprocess.run(
        [ffmpeg, "-hide_banner", "-nostdin", "-i", f"file:{file}"],
        capture_output=True,
        check=False,
    )
    match = _DURATION.search(result.stderr.decode(errors="replace"))
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
