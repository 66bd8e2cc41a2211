"""Speech at known times with pauses, music, noise and signals before, between and under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from models.sounds import Kind, sound
from models.speech import SAMPLE_RATE
from samples import sample
from samples.noise import at_level, level, mixed
from samples.recording import ROOM_LEVEL
from samples.variants import Variant, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Span = tuple[float, float]

PAUSE: Final = 0.3
"""Words closer than this, in seconds, are one stretch of speech."""
_NAMES: Final = ("english", "spanish")
_CLIPS_OF_EACH: Final = 6
_MARGIN: Final = 0.15
"""Seconds kept around a clip, so that no sound of its words is cut."""
_SHORT, _LONG = 0.6, 5.0
_NOISES: Final[tuple[Kind, ...]] = ("white noise", "pink noise")
_MUSIC: Final[tuple[Kind, ...]] = ("band", "melody", "chords")
_SIGNALS: Final[tuple[Kind, ...]] = ("beeps", "dial tones", "ringing", "siren", "clicks")
_SEED: Final = 11


@dataclass(frozen=True)
class Scene:
    """A recording in which the times of speech are known, in seconds."""

    name: str
    samples: Samples
    speech: tuple[Span, ...]


@dataclass(frozen=True)
class _Clip:
    """Some words without a pause, with a margin of room noise; times from its start."""

    samples: Samples
    speech: Span


def scenes() -> Iterator[Scene]:
    """All scenes: English and Spanish in turn, the same sentences in each."""
    clips = _clips("clean")
    talk = _talk("short pauses", clips, (), _SHORT)
    yield talk
    yield _talk("long pauses", clips, (), _LONG)
    yield _talk("music between the sentences", clips, _MUSIC, _LONG)
    yield _talk("beeps, keys, ringing between", clips, _SIGNALS, _LONG)
    yield replace(
        talk, name="far away: 35 dB quieter", samples=talk.samples * np.float32(10 ** (-35 / 20))
    )
    for snr in (15, 5, 0):
        yield _over(talk, f"music under all, {snr} dB below", "band", snr)
    for kind in _NOISES:
        for snr in (15, 5, 0):
            yield _over(talk, f"{kind} under all, {snr} dB below", kind, snr)
    phone = _clips("phone")
    yield _talk("telephone, long pauses", phone, (), _LONG)
    yield _talk("telephone, music between", phone, _MUSIC, _LONG)
    yield _nobody("music alone", _MUSIC)
    yield _nobody("noise and hum alone", (*_NOISES, "brown noise", "hum"))
    yield _nobody("beeps, keys, ringing alone", _SIGNALS)


def _clips(variant: Variant) -> list[_Clip]:
    by_sample = [_clips_of(name, variant) for name in _NAMES]
    return [clip for turn in zip(*by_sample, strict=True) for clip in turn]


def _clips_of(name: str, variant: Variant) -> list[_Clip]:
    known = sample(name)
    samples = decoded(known.path, variant)
    starts = [known.words[0].start]
    ends = []
    for before, after in pairwise(known.words):
        if after.start - before.end > PAUSE:
            ends.append(before.end)
            starts.append(after.start)
    clips = []
    for start, end in zip(starts[:_CLIPS_OF_EACH], ends[:_CLIPS_OF_EACH], strict=True):
        first, last = (round(at * SAMPLE_RATE) for at in (start - _MARGIN, end + _MARGIN))
        clips.append(_Clip(samples[first:last], (_MARGIN, _MARGIN + end - start)))
    return clips


def _talk(name: str, clips: Sequence[_Clip], kinds: Sequence[Kind], pause: float) -> Scene:
    """Each clip after a pause; the pauses hold these sounds in turn, or the room's own noise."""
    speech_level = level(np.concatenate([clip.samples for clip in clips]))
    chance = np.random.default_rng(_SEED)
    count = round(pause * SAMPLE_RATE)
    parts: list[Samples] = []
    speech: list[Span] = []
    length = 0
    for number, clip in enumerate(clips):
        filler = chance.standard_normal(count, np.float32) * np.float32(ROOM_LEVEL)
        if kinds:
            kind = kinds[number % len(kinds)]
            filler += np.clip(at_level(kind, count, speech_level / 3, _SEED + number), -1, 1)
        begin = (length + count) / SAMPLE_RATE
        speech.append((begin + clip.speech[0], begin + clip.speech[1]))
        parts += [filler, clip.samples]
        length += count + len(clip.samples)
    return Scene(name, np.concatenate(parts), tuple(speech))


def _over(talk: Scene, name: str, kind: Kind, snr_db: float) -> Scene:
    speech_level = level(talk.samples, talk.speech)
    return Scene(name, mixed(talk.samples, kind, speech_level, snr_db, _SEED), talk.speech)


def _nobody(name: str, kinds: Sequence[Kind]) -> Scene:
    parts = [sound(kind, 15.0, _SEED + number) for number, kind in enumerate(kinds)]
    return Scene(name, np.concatenate(parts), ())
