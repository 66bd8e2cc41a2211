"""Sounds without a word in them: music, noise, signals, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from models.speech import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Samples = NDArray[np.float64]
    Generator = np.random.Generator

Kind = Literal[
    "silence",
    "white noise",
    "pink noise",
    "brown noise",
    "hum",
    "clicks",
    "beeps",
    "dial tones",
    "ringing",
    "siren",
    "melody",
    "chords",
    "drums",
    "band",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_LOUDEST: Final = 0.5
_QUIETEST: Final = 0.05
_KEYS: Final = ((697, 770, 852, 941), (1209, 1336, 1477, 1633))
"""The two tones, in Hz, that a telephone's key sends: one of each."""
_MAJOR: Final = np.array([0, 2, 4, 5, 7, 9, 11, 12])


def sound(kind: Kind, seconds: float, seed: int) -> NDArray[np.float32]:
    """Synthesise a sound.

    Args:
        kind: one of `KINDS`.
        seconds: how long.
        seed: of its notes, speed, level and noise.

    Returns:
        16 kHz mono samples; the loudest lies between 0.05 and 0.5, but for silence.
    """
    count = round(seconds * SAMPLE_RATE)
    if not count:
        return np.zeros(0, np.float32)
    chance = np.random.default_rng((seed, KINDS.index(kind)))
    samples = _MAKERS[kind](count, chance)
    peak = np.max(np.abs(samples), initial=0.0)
    if peak > 0:
        samples *= np.exp(chance.uniform(np.log(_QUIETEST), np.log(_LOUDEST))) / peak
    return samples.astype(np.float32)


def _silence(count: int, _chance: Generator) -> Samples:
    return np.zeros(count)


def _noise(count: int, chance: Generator, slope: float) -> Samples:
    """Noise whose power falls with frequency to the power of `slope`."""
    spectrum = np.fft.rfft(chance.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    return np.fft.irfft(spectrum * np.maximum(frequencies, 20.0) ** (-slope / 2), count)


def _hum(count: int, chance: Generator) -> Samples:
    """The mains and its overtones."""
    mains, time = chance.choice([50, 60]), _time(count)
    tones = (
        chance.uniform(0.1, 1) / number * np.sin(2 * np.pi * mains * number * time)
        for number in range(1, 12)
    )
    return _sum(count, tones) + 0.01 * chance.standard_normal(count)


def _clicks(count: int, chance: Generator) -> Samples:
    """A keyboard or a lighter: bursts of some milliseconds, at no fixed interval."""
    samples = np.zeros(count)
    for begin in chance.integers(0, count, size=1 + 4 * count // SAMPLE_RATE):
        length = int(chance.integers(20, 200))
        _add(samples, int(begin), chance.standard_normal(length) * _fading(length, length / 4))
    return samples


def _beeps(count: int, chance: Generator) -> Samples:
    """One tone, again and again."""
    length = int(chance.uniform(0.08, 0.6) * SAMPLE_RATE)
    tone = _tone(length, (chance.uniform(400, 2_000),))
    return _repeated(count, [tone], gap=int(chance.uniform(0.1, 1.0) * SAMPLE_RATE))


def _dial_tones(count: int, chance: Generator) -> Samples:
    """A telephone's keys (DTMF)."""
    length = int(chance.uniform(0.06, 0.25) * SAMPLE_RATE)
    keys = [_tone(length, [chance.choice(tones) for tones in _KEYS]) for _ in range(11)]
    return _repeated(count, keys, gap=int(chance.uniform(0.05, 0.2) * SAMPLE_RATE))


def _ringing(count: int, chance: Generator) -> Samples:
    """What a caller hears: the American or the European tone."""
    pitches, on, off = ((440, 480), 2.0, 4.0) if chance.random() < 0.5 else ((425,), 1.0, 3.0)
    return _repeated(count, [_tone(int(on * SAMPLE_RATE), pitches)], gap=int(off * SAMPLE_RATE))


def _siren(count: int, chance: Generator) -> Samples:
    """A tone that rises and falls."""
    low, high = chance.uniform(300, 700), chance.uniform(900, 2_500)
    sweep = 0.5 - 0.5 * np.cos(2 * np.pi * _time(count) / chance.uniform(0.5, 4.0))
    return np.sin(2 * np.pi * np.cumsum(low + (high - low) * sweep) / SAMPLE_RATE)


def _melody(count: int, chance: Generator, octave: int = 1) -> Samples:
    """Notes of a major scale, some long, some short, with a few rests."""
    samples, beat = np.zeros(count), _beat(chance)
    timbre, tonic, degree, begin = _timbre(chance), chance.uniform(110, 220), 0, 0
    while begin < count:
        length = int(beat * chance.choice([0.5, 1, 1, 2]))
        degree = int(np.clip(degree + chance.integers(-3, 4), 0, len(_MAJOR) - 1))
        if chance.random() < 0.85:
            _add(samples, begin, _note(length, tonic * 2 ** (octave + _MAJOR[degree] / 12), timbre))
        begin += length
    return samples


def _chords(count: int, chance: Generator) -> Samples:
    """Triads, struck together or one note after the other."""
    samples, beat = np.zeros(count), _beat(chance)
    timbre, tonic, broken = _timbre(chance), chance.uniform(110, 220), chance.random() < 0.5
    for begin in range(0, count, 4 * beat):
        root = int(chance.choice([0, 5, 7, 9]))
        third = 3 if root == 9 else 4
        for number, interval in enumerate((0, third, 7, 12)):
            late = number * beat if broken else 0
            pitch = tonic * 2 ** ((root + interval) / 12)
            _add(samples, begin + late, _note(4 * beat - late, pitch, timbre))
    return samples


def _drums(count: int, chance: Generator) -> Samples:
    """Bass drum, snare and hi-hat."""
    samples, beat = np.zeros(count), _beat(chance)
    length = SAMPLE_RATE // 4
    falling = np.cumsum(50 + 100 * _fading(length, 600)) / SAMPLE_RATE
    bass = np.sin(2 * np.pi * falling) * _fading(length, 1_500)
    snare = chance.standard_normal(length) * _fading(length, 900) * 0.5
    hat = np.diff(chance.standard_normal(length + 1)) * _fading(length, 250) * 0.3
    for number, begin in enumerate(range(0, count, beat // 2)):
        _add(samples, begin, hat)
        if number % 2 == 0:
            _add(samples, begin, snare if number % 4 else bass)
    return samples


def _band(count: int, chance: Generator) -> Samples:
    """Melody, chords, a bass line and drums, not quite together."""
    return (
        _melody(count, chance)
        + 0.7 * _chords(count, chance)
        + 0.7 * _melody(count, chance, octave=-1)
        + 1.5 * _drums(count, chance)
    )


def _time(count: int) -> Samples:
    return np.arange(count) / SAMPLE_RATE


def _fading(count: int, samples: float) -> Samples:
    """A decay to 1/e after so many samples."""
    return np.exp(-np.arange(count) / samples)


def _beat(chance: Generator) -> int:
    """The samples of a beat at 70 to 150 a minute."""
    return int(SAMPLE_RATE * 60 / chance.uniform(70, 150))


def _timbre(chance: Generator) -> Samples:
    """The strength of each overtone."""
    return chance.uniform(0.2, 1.0, 8) / np.arange(1, 9) ** chance.uniform(0.7, 2.0)


def _tone(count: int, pitches: tuple[float, ...] | list[float]) -> Samples:
    """Sines with edges of 5 ms."""
    edge = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / 80)
    return edge * _sum(count, (np.sin(2 * np.pi * pitch * _time(count)) for pitch in pitches))


def _note(count: int, pitch: float, timbre: Samples) -> Samples:
    """A plucked string."""
    overtones = (
        strength * np.sin(2 * np.pi * pitch * number * _time(count))
        for number, strength in enumerate(timbre, start=1)
        if pitch * number < SAMPLE_RATE / 2
    )
    return _sum(count, overtones) * _fading(count, count / 2) * np.minimum(1, np.arange(count) / 80)


def _sum(count: int, parts: Iterable[Samples]) -> Samples:
    total = np.zeros(count)
    for part in parts:
        total += part
    return total


def _add(samples: Samples, begin: int, part: Samples) -> None:
    """Add a part in place, as much of it as there is room for."""
    room = samples[begin : begin + len(part)]
    room += part[: len(room)]


def _repeated(count: int, parts: list[Samples], gap: int) -> Samples:
    """One part after the other, around and around."""
    samples, begin, number = np.zeros(count), 0, 0
    while begin < count:
        _add(samples, begin, parts[number % len(parts)])
        begin += len(parts[number % len(parts)]) + gap
        number += 1
    return samples


_MAKERS: Final[dict[Kind, Callable[[int, Generator], Samples]]] = {
    "silence": _silence,
    "white noise": lambda count, chance: _noise(count, chance, 0),
    "pink noise": lambda count, chance: _noise(count, chance, 1),
    "brown noise": lambda count, chance: _noise(count, chance, 2),
    "hum": _hum,
    "clicks": _clicks,
    "beeps": _beeps,
    "dial tones": _dial_tones,
    "ringing": _ringing,
    "siren": _siren,
    "melody": _melody,
    "chords": _chords,
    "drums": _drums,
    "band": _band,
}
