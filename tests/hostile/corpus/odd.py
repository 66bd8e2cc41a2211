"""Recordings that are odd and good: they must be heard."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from scribe.errors import AudioUnreadable

from tests.hostile import riff
from tests.hostile.boxes import Track, box, full_box, movie, numbers
from tests.hostile.case import SINE, Case, Heard, Refused, constant
from tests.hostile.corpus.other_things import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.case import Workshop

_SECOND: Final = bytes(32_000)


def _made(name: str, *arguments: str) -> Callable[[Workshop], bytes]:
    return lambda shop: shop.ffmpeg(name, *arguments)


def _mp3(shop: Workshop, seconds: int, rate: int, *more: str) -> bytes:
    return shop.ffmpeg(f"{rate}.mp3", *SINE, f"sine=d={seconds}:r={rate}", "-b:a", "64k", *more)


def _ogg(shop: Workshop, seconds: int, rate: int) -> bytes:
    source = f"sine=d={seconds}:r={rate}"
    return shop.ffmpeg(f"{rate}.ogg", *SINE, source, "-c:a", "libvorbis")


def _with_cover(shop: Workshop) -> bytes:
    cover = shop.folder / "cover.png"
    cover.write_bytes(picture(100, 1))
    return shop.ffmpeg(
        "cover.mp3",
        *(*SINE, "sine=d=2:r=16000", "-i", str(cover), "-map", "1", "-map", "0", "-c:v", "copy"),
    )


def _broken_in_the_middle(shop: Workshop) -> bytes:
    whole = _mp3(shop, 6, 16_000)
    third = len(whole) // 3
    rubbish = random.Random(1).randbytes(third)  # noqa: S311  # rubbish, no secret
    return whole[:third] + rubbish + whole[2 * third :]


def _early() -> bytes:
    """A track whose first half an edit cuts away: its samples begin before time zero."""
    edits = numbers(1, 8_000, 8_000, 1 << 16)
    return movie(_SECOND, Track(16_000, edits=box(b"edts", full_box(b"elst", edits))))


ODD: Final = (
    Case(
        "a telephone's µ-law at 8 kHz",
        "call centres record so",
        constant(riff.recording(b"\xff" * 16_000, rate=8_000, bits=8, tag=riff.MU_LAW)),
        Heard(2),
        file_name="call.wav",
    ),
    Case(
        "192 kHz, 24 bits, eight channels",
        "a studio's recorder",
        constant(riff.recording(bytes(192_000 * 3 * 8), rate=192_000, channels=8, bits=24)),
        Heard(1),
    ),
    Case(
        "sixteen channels",
        "a mixing desk",
        constant(riff.recording(bytes(16_000 * 2 * 16), channels=16)),
        Heard(1),
    ),
    Case(
        "255 channels",
        "nothing says how to mix them",
        constant(riff.recording(bytes(255 * 2 * 160), channels=255)),
        Refused(AudioUnreadable),
    ),
    Case(
        "one sample", "the shortest recording", constant(riff.recording(b"\1\0")), Heard(0, 0.001)
    ),
    Case(
        "one sample and half of one",
        "a sample that is cut off",
        constant(riff.recording(b"\1\0\1")),
        Heard(0, 0.001),
    ),
    Case(
        "a sound that begins before its film",
        "negative timestamps",
        _made("early.mkv", *SINE, "sine=d=2:r=16000", "-af", "asetpts=PTS-1/TB", "-c:a", "flac"),
        Heard(2, within=1.1),
    ),
    Case(
        "a track of which an edit keeps the second half",
        "its samples begin before time zero",
        constant(_early()),
        Heard(0.5, within=0.1),
    ),
    Case(
        "a sound that begins 3 s after its film",
        "words and player must agree",
        _made(
            "late.mp4",
            *(*SINE, "testsrc=d=5:s=64x64:r=5", "-itsoffset", "3", *SINE, "sine=d=2:r=16000"),
            *("-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-c:a", "aac"),
        ),
        Heard(5, within=0.15),
    ),
    Case(
        "three audio tracks",
        "the first is heard",
        _made(
            "tracks.mkv",
            *(*SINE, "sine=d=2:r=16000", *SINE, "anullsrc=r=8000:d=9", *SINE, "sine=d=1:r=44100"),
            *("-map", "0", "-map", "1", "-map", "2", "-c:a", "pcm_s16le"),
        ),
        Heard(2),
    ),
    Case("an MP3 with a cover", "the cover is a track of film", _with_cover, Heard(2, within=0.15)),
    Case(
        "an MP3 of changing bit rate without an index",
        "its length can only be counted",
        lambda shop: shop.ffmpeg(
            "vbr.mp3", *SINE, "sine=d=3:r=16000", "-q:a", "5", "-write_xing", "0"
        ),
        Heard(3, within=0.15),
    ),
    Case(
        "an MP3 broken in its middle",
        "the first and the last third are good",
        _broken_in_the_middle,
        Heard(4.5, within=1.6),
    ),
    Case(
        "two MP3s in one, of different rates",
        "the decoder must begin anew",
        lambda shop: _mp3(shop, 2, 44_100) + _mp3(shop, 2, 22_050),
        Heard(4, within=0.4),
    ),
    Case(
        "two Oggs in one, of different rates",
        "a chained stream, as radio stations send; ffmpeg counts the second by the first's rate",
        lambda shop: _ogg(shop, 2, 44_100) + _ogg(shop, 2, 16_000),
        Heard(4, within=0.6),
    ),
    Case(
        "an AAC stream that changes from one channel to two",
        "the decoder must begin anew",
        lambda shop: b"".join(
            shop.ffmpeg(f"{n}.aac", *SINE, "sine=d=2:r=16000", "-ac", str(n)) for n in (1, 2)
        ),
        Heard(4, within=0.4),
    ),
)
