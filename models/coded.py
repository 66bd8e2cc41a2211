"""Utterances after narrow codecs: what a model must still understand."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from models.speech import SAMPLE_RATE
from samples.make import encode
from samples.variants import Variant, decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.speech import Utterance

_GAP: Final = SAMPLE_RATE // 4
_IN_A_FILE: Final = 200
_LEVEL: Final = 0.8
"""Of the samples in the file: espeak-ng's own peaks would clip after some codecs."""


@dataclass(frozen=True)
class Way:
    """What a recording goes through: a file, and then perhaps a second encoding."""

    file: str
    encoder: tuple[str, ...]
    variant: Variant


_OPUS: Final = ("-c:a", "libopus", "-b:a", "14k", "-frame_duration", "60")
WAYS: Final = (
    Way("speech.wav", (), "phone"),
    Way("speech.wav", (), "mp3"),
    Way("speech.opus", _OPUS, "clean"),
    Way("speech.m4a", ("-c:a", "aac", "-b:a", "40k"), "phone"),
    Way("speech.opus", _OPUS, "phone"),
    Way("speech.opus", _OPUS, "mp3"),
)


def coded(utterances: Sequence[Utterance], processes: int = 1) -> list[Utterance]:
    """Send each utterance through one of the ways, in turn."""
    firsts = range(0, len(utterances), _IN_A_FILE)
    files = [utterances[first : first + _IN_A_FILE] for first in firsts]
    with ThreadPoolExecutor(processes) as pool:  # ffmpeg is a process of its own
        return [heard for file in pool.map(through, files, cycle(WAYS)) for heard in file]


def through(utterances: Sequence[Utterance], way: Way) -> list[Utterance]:
    """Encode and decode utterances, in one file with a quarter of a second between them."""
    gap = np.zeros(_GAP, np.float32)
    pieces = [piece for utterance in utterances for piece in (utterance.samples, gap)]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / way.file
        encode(np.concatenate(pieces) * np.float32(_LEVEL), path, way.encoder)
        heard = decoded(path, way.variant)
    coded, at = [], 0
    for utterance in utterances:
        length = len(utterance.samples)
        coded.append(replace(utterance, samples=heard[at : at + length]))
        at += length + _GAP
    return coded
