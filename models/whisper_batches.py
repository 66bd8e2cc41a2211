"""Windows of several utterances with gaps, gain and noise, and what Whisper should answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from models import tokenizer
from models.sentences import LANGUAGES, Language
from models.speech import SAMPLE_RATE, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.whisper_network import Shape

IGNORED: Final = -100
_SILENCE: Final = -10.0
"""The logarithm (base 10) that Whisper's features give to no sound."""
_AUDIBLE: Final = 0.0018
_FRAMES_PER_TIMESTAMP: Final = 2


@dataclass(frozen=True)
class Stage:
    """The windows of one part of the training."""

    windows: int
    frames: int
    """Of 10 ms."""
    utterances: int
    """At most so many in a window."""
    timestamp_share: float
    """How many windows are to be written with timestamps."""
    letters_weight: float


@dataclass(frozen=True)
class Batch:
    """What one step of the training needs."""

    mel: Tensor
    tokens: Tensor
    answers: Tensor
    letters: list[list[int]]


@dataclass(frozen=True)
class _Clip:
    mel: Tensor
    tokens: list[int]
    letters: list[int]


class Mixer:
    """Draws batches from utterances."""

    def __init__(self, utterances: Sequence[Utterance], shape: Shape, seed: int) -> None:
        self._chance = random.Random(seed)
        self._place = {token: place for place, token in enumerate(shape.tokens)}
        self._timestamps = len(shape.tokens)
        letters = {letter: number for number, letter in enumerate(shape.letters, start=1)}
        self._between = letters[" "]
        self._languages = tokenizer.language_ids()
        words = tokenizer.load()
        filters = _mel_filters()
        self._clips: dict[Language, list[_Clip]] = {language: [] for language in LANGUAGES}
        for utterance in utterances:
            text = utterance.line.text
            self._clips[utterance.line.language].append(
                _Clip(
                    _log_mel(_trimmed(utterance), filters),
                    [self._place[token] for token in tokenizer.encode(words, text)],
                    [letters[letter] for letter in text.lower() if letter in letters],
                )
            )

    def batch(self, stage: Stage) -> Batch:
        """Draw the next batch."""
        windows = [self._window(stage) for _ in range(stage.windows)]
        longest = max(len(tokens) for _, tokens, _, _ in windows)
        tokens = torch.full((stage.windows, longest), self._place[tokenizer.END_OF_TEXT])
        answers = torch.full((stage.windows, longest), IGNORED)
        for row, (_, given, expected, _) in enumerate(windows):
            tokens[row, : len(given)] = torch.tensor(given)
            answers[row, : len(expected)] = torch.tensor(expected)
        mel = torch.stack([window for window, *_ in windows]).transpose(1, 2)
        return Batch(mel, tokens, answers, [letters for *_, letters in windows])

    def _window(self, stage: Stage) -> tuple[Tensor, list[int], list[int], list[int]]:
        chance, language = self._chance, self._chance.choice(LANGUAGES)
        mel = torch.full((stage.frames, 80), _SILENCE)
        spans: list[tuple[int, int, _Clip]] = []
        letters: list[int] = []
        at = int(chance.choice((0.0, chance.random(), 2 * chance.random())) * 50)
        # Three in a hundred windows hold no speech: the model must know what that is.
        for _ in range(chance.randint(1, stage.utterances) if chance.random() > 0.03 else 0):
            clip = chance.choice(self._clips[language])
            end = at + len(clip.mel)
            if end > stage.frames:
                break
            mel[at:end] = clip.mel.float() + chance.gauss(0, 0.1)
            spans.append((at, end, clip))
            letters += [self._between] * bool(letters) + clip.letters
            at = end + chance.randint(10, 90)
        return (
            self._degraded(mel, at, speech=bool(spans)),
            *self._answer(language, spans, timestamps=chance.random() < stage.timestamp_share),
            letters,
        )

    def _degraded(self, mel: Tensor, end: int, *, speech: bool) -> Tensor:
        """Add noise and gain, then scale as Whisper's features are scaled."""
        chance, ten = self._chance, float(np.log(10))
        if chance.random() < 0.6:
            floor = chance.uniform(-9, -4.5) + torch.randn(mel.shape) * 0.3
            mel = torch.logaddexp(mel * ten, floor * ten) / ten
        mel = mel + chance.gauss(-0.2, 0.4)
        loudest = mel.max() if speech else torch.tensor(chance.uniform(-2, 1))
        mel = (torch.maximum(mel, loudest - 8) + 4) / 4
        if speech and chance.random() < 0.15:
            mel[end + 5 :] = 0.0  # as WhisperX pads a window shorter than 30 s
        return mel

    def _answer(
        self, language: Language, spans: list[tuple[int, int, _Clip]], *, timestamps: bool
    ) -> tuple[list[int], list[int]]:
        """Give the tokens that go in, and those that must come out one place earlier."""
        place = self._place
        spoken = place[self._languages[f"<|{language}|>"]]
        given = [place[tokenizer.START_OF_TRANSCRIPT], spoken, place[tokenizer.TRANSCRIBE]]
        if not spans:
            quiet = [place[tokenizer.NO_SPEECH], IGNORED, IGNORED, place[tokenizer.END_OF_TEXT]]
            return [*given, place[tokenizer.NO_TIMESTAMPS]], quiet
        expected = [spoken, IGNORED]
        if not timestamps:
            given.append(place[tokenizer.NO_TIMESTAMPS])
            expected.append(IGNORED)
        body: list[int] = []
        for start, end, clip in spans:
            marks = [[self._timestamps + at // _FRAMES_PER_TIMESTAMP] for at in (start, end)]
            body += marks[0] * timestamps + clip.tokens + marks[1] * timestamps
        return given + body, [*expected, *body, place[tokenizer.END_OF_TEXT]]


def _trimmed(utterance: Utterance) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Cut the silence off, but for 20 ms before and 0.1 s after."""
    audible = np.flatnonzero(np.abs(utterance.samples) > _AUDIBLE)
    first = max(0, int(audible[0]) - SAMPLE_RATE // 50)
    return np.asarray(utterance.samples[first : int(audible[-1]) + SAMPLE_RATE // 10])


def _mel_filters() -> Tensor:
    """Read the filters WhisperX listens with, from its package."""
    path = files("whisperx") / "assets" / "mel_filters.npz"
    with path.open("rb") as file, np.load(file) as filters:
        return torch.from_numpy(filters["mel_80"])


def _log_mel(samples: np.ndarray[tuple[int], np.dtype[np.float32]], filters: Tensor) -> Tensor:
    """Compute Whisper's features before the scaling: frames, 80."""
    spectrum = torch.stft(
        torch.from_numpy(samples), 400, 160, window=torch.hann_window(400), return_complex=True
    )
    power = spectrum[:, :-1].abs() ** 2
    # Half precision: the mixer holds hours of these.
    return (filters @ power).clamp(min=1e-10).log10().T.contiguous().half()
