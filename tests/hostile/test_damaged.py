"""Recordings cut off or overwritten anywhere: refused by name, or heard as far as they go."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import pytest
from scribe.errors import PermanentError

from tests.hostile.case import SINE
from tests.unit.audio_support import FFMPEGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.case import Workshop
    from tests.hostile.conftest import Platform

SECONDS: Final = 2
LONGEST_SECONDS: Final = 600
"""Where a damaged clock may put a sound: as late as any recording may be."""
PLACES: Final = 6
FORMATS: Final = {
    "wav": (),
    "aiff": (),
    "flac": (),
    "mp3": (),
    "m4a": (),
    "mov": ("-c:a", "pcm_s16le"),
    "mp4": ("-movflags", "frag_keyframe+empty_moov", "-frag_duration", "200000"),
    "ogg": ("-c:a", "libvorbis"),
    "webm": ("-c:a", "libopus"),
    "mkv": ("-c:a", "flac"),
    "wma": (),
    "ts": ("-c:a", "aac"),
}
"""Each format's ending, and how ffmpeg is to write it."""


def damaged(whole: bytes, seed: int) -> Iterator[bytes]:
    """The file cut off at many places, and with stretches of it overwritten."""
    chance = random.Random(seed)  # noqa: S311  # damage, no secret
    for place in range(1, PLACES + 1):
        yield whole[: len(whole) * place // (PLACES + 1)]
    for _ in range(PLACES):
        # Half of the stretches lie in the first hundred bytes, where the headers are.
        end = chance.choice((100, len(whole)))
        start, length = chance.randrange(end), chance.choice((1, 4, 64, len(whole) // 4))
        rubbish = chance.randbytes(len(whole[start : start + length]))
        yield whole[:start] + rubbish + whole[start + length :]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_damaged_recording_is_refused_by_name_or_heard(
    ending: str, platform: Platform, workshop: Workshop
) -> None:
    sound = (*SINE, f"sine=d={SECONDS}:r=16000", *FORMATS[ending])
    whole = workshop.ffmpeg(f"whole.{ending}", *sound)
    lengths: list[float] = []
    for body in damaged(whole, seed=len(ending)):
        try:
            lengths.append(platform.prepare(FFMPEGS[1], body, f"x.{ending}")["duration_seconds"])
        except PermanentError:
            continue
    assert lengths
    assert max(lengths) <= LONGEST_SECONDS
    assert any(0 < length < SECONDS + 1 for length in lengths)
