"""Speech with true word times, from espeak-ng's C library."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.signal import resample_poly  # type: ignore[import-untyped]  # ships no types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.sentences import Line

SAMPLE_RATE: Final = 16_000
_ESPEAK_RATE: Final = 22_050

# The constants of espeak-ng/speak_lib.h that are used here.
_AUDIO_OUTPUT_RETRIEVAL, _INITIALIZE_PHONEME_EVENTS = 1, 1
_EVENT_WORD, _EVENT_PHONEME = 1, 7
_PARAMETER_RATE, _PARAMETER_PITCH = 1, 3
_POSITION_CHARACTER, _CHARS_UTF8, _END_PAUSE = 1, 1, 0x1000


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


@dataclass(frozen=True)
class Word:
    """A word and when it is said, in seconds.

    espeak-ng joins pairs such as "in the" into one event. The border inside a pair is guessed
    by the words' lengths, and the two times at it are marked as not exact.
    """

    text: str
    start: float
    end: float
    start_exact: bool = True
    end_exact: bool = True


@dataclass(frozen=True)
class Utterance:
    """A line as it was spoken."""

    line: Line
    samples: NDArray[np.float32]
    """16 kHz, mono, between -1 and 1."""
    words: tuple[Word, ...]


class SynthesisFailed(Exception):
    """espeak-ng is missing or did not speak; the message says which call failed."""


class Synthesizer:
    """espeak-ng in this process. The library is global state: make one of these per process."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as error:
            raise SynthesisFailed("libespeak-ng.so.1 is missing: install espeak-ng") from error
        rate = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_RETRIEVAL, 0, None, _INITIALIZE_PHONEME_EVENTS
        )
        if rate != _ESPEAK_RATE:
            raise SynthesisFailed(f"espeak_Initialize gave {rate} Hz, not {_ESPEAK_RATE}")
        self._blocks: list[NDArray[np.int16]] = []
        self._events: list[tuple[int, int, int, int, bytes]] = []
        prototype = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
        )
        self._callback = prototype(self._receive)  # C holds no reference: keep it alive here
        self._library.espeak_SetSynthCallback(self._callback)

    def __call__(self, line: Line) -> Utterance:
        """Speak a line.

        Raises:
            SynthesisFailed: espeak-ng does not know the voice or gave no time for the first word.
        """
        self._blocks.clear()
        self._events.clear()
        self._choose(line)
        text = line.text.encode() + b"\0"
        # Without the pause at its end the echo of some voices is cut off.
        flags = _CHARS_UTF8 | _END_PAUSE
        if self._library.espeak_Synth(
            text, len(text), 0, _POSITION_CHARACTER, 0, flags, None, None
        ):
            raise SynthesisFailed(f"espeak_Synth refused {line}")
        self._library.espeak_Synchronize()
        spoken = np.concatenate(self._blocks).astype(np.float32) / 32_768
        samples = resample_poly(spoken, 320, 441).astype(np.float32)  # 22,050 Hz to 16,000 Hz
        return Utterance(line, np.clip(samples, -1, 1), self._words(line, len(spoken)))

    def _receive(self, samples: Any, count: int, events: Any) -> int:  # noqa: ANN401  # C pointers
        if count > 0 and samples:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            # `audio_position` counts milliseconds, and is off where the speed changes.
            self._events.append(
                (event.type, event.text_position, event.length, event.sample, event.name)
            )
            index += 1
        return 0

    def _choose(self, line: Line) -> None:
        if self._library.espeak_SetVoiceByName(line.voice.encode()):
            # "en-gb" is a language, not a voice's name; the espeak-ng command does the same.
            voice = _Voice(languages=line.voice.encode())
            if self._library.espeak_SetVoiceByProperties(ctypes.byref(voice)):
                raise SynthesisFailed(f"espeak-ng has no voice {line.voice}")
        self._library.espeak_SetParameter(_PARAMETER_RATE, line.words_per_minute, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, line.pitch, 0)

    def _words(self, line: Line, total: int) -> tuple[Word, ...]:
        """Give every word its times, in samples of espeak's own rate until the end."""
        starts: dict[int, int] = {}
        pauses = [total]
        for kind, position, length, sample, name in self._events:
            if kind == _EVENT_WORD and length > 0:
                starts.setdefault(position - 1, sample)
            elif kind == _EVENT_PHONEME and name.startswith(b"_"):
                pauses.append(sample)
        texts: list[str] = []
        begins: list[int | None] = []
        for match in re.finditer(r"\S+", line.text):
            texts.append(match.group())
            # The event of "¿qué" points at the q.
            begins.append(next((starts[at] for at in range(*match.span()) if at in starts), None))
        if begins[0] is None:
            raise SynthesisFailed(f"espeak-ng gave no time for the first word of {line.text!r}")
        known = [index for index, begin in enumerate(begins) if begin is not None]
        words: list[Word] = []
        for first, following in pairwise([*known, len(texts)]):
            start = begins[first] or 0
            end = begins[following] if following < len(texts) else None
            silent = min([pause for pause in pauses if pause > start])
            stop = min(silent, total if end is None else end)  # a pause ends a word earlier
            words += _share(texts[first:following], start / _ESPEAK_RATE, stop / _ESPEAK_RATE)
        return tuple(words)


def _share(texts: Sequence[str], start: float, end: float) -> list[Word]:
    """Spread words that share one event over its time, by their lengths."""
    letters = sum(map(len, texts))
    words, at = [], start
    for index, text in enumerate(texts):
        until = end if index == len(texts) - 1 else at + (end - start) * len(text) / letters
        words.append(Word(text, at, until, index == 0, index == len(texts) - 1))
        at = until
    return words


_of_process: dict[str, Synthesizer] = {}


def _speak(line: Line) -> Utterance:
    if "synthesizer" not in _of_process:
        _of_process["synthesizer"] = Synthesizer()
    return _of_process["synthesizer"](line)


def synthesize(lines: Sequence[Line], processes: int = 1) -> list[Utterance]:
    """Speak lines, in their order.

    Args:
        lines: what to say.
        processes: how many to share the work; each loads espeak-ng for itself.

    Raises:
        SynthesisFailed: see `Synthesizer`.
    """
    if processes == 1:
        return [_speak(line) for line in lines]
    with get_context("spawn").Pool(processes) as pool:
        return pool.map(_speak, lines, chunksize=64)
