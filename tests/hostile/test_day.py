"""A whole day of audio, the longest that production accepts: minutes of work, so on request.

LONG_TESTS=1 .venv/bin/python -m pytest tests/hostile/test_day.py
"""

from __future__ import annotations

import json
import os
import resource
from typing import TYPE_CHECKING, Final

import pytest
from scribe.errors import AudioTooLong

from tests.hostile import flac
from tests.unit.audio_support import FFMPEGS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Platform

pytestmark = [
    pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS is not set"),
    pytest.mark.timeout(900),
]

DAY_SECONDS: Final = 24 * 3600
LARGEST_STATE_BYTES: Final = 256 * 1024
"""What Step Functions passes from one state to the next."""
MOST_MEMORY_BYTES: Final = 1 << 30
"""Of the function's 2 GiB, what Python may take; the other half is ffmpeg's limit."""


def test_a_day_of_silence_is_prepared(platform: Platform, disk: Path) -> None:
    body = flac.silence(DAY_SECONDS)
    preparation = platform.prepare(FFMPEGS[1], body, "x" * 1024, longest_seconds=DAY_SECONDS)
    assert preparation["duration_seconds"] == DAY_SECONDS
    assert len(json.dumps(preparation)) < LARGEST_STATE_BYTES
    assert list(disk.iterdir()) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < MOST_MEMORY_BYTES


def test_a_second_more_is_too_long(platform: Platform, disk: Path) -> None:
    with pytest.raises(AudioTooLong):
        platform.prepare(
            FFMPEGS[1], flac.silence(DAY_SECONDS + 1), "x.flac", longest_seconds=DAY_SECONDS
        )
    assert list(disk.iterdir()) == []
