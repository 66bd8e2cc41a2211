"""Windows as voice activity detection makes them, and what Whisper should answer to each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from models import mel as features
from models import tokenizer
from models.sentences import LANGUAGES, Language, words
from models.speech import SAMPLE_RATE, Utterance
from models.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.whisper_network import Shape

IGNORED: Final = -100
_AUDIBLE: Final = 0.0018
_BEFORE: Final = SAMPLE_RATE // 50
"""Samples kept before the first audible one."""
_FRAMES_PER_TIMESTAMP: Final = 2
_WORDLESS_SHARE: Final = 0.08
_HOT_WORDS_SHARE: Final = 0.15
_PART_SHARE: Final = 0.1
_BOTH_LANGUAGES_SHARE: Final = 0.04


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
    filled_up: bool = False
    """Whether the network hears silence after these frames, up to 30 s, as WhisperX lets it."""


@dataclass(frozen=True)
class Batch:
    """What one step of the training needs."""

    mel: Tensor
    silence: Tensor | None
    """For each window what fills it up to 30 s."""
    tokens: Tensor
    answers: Tensor
    letters: list[list[int]]


@dataclass(frozen=True)
class _Clip:
    mel: Tensor
    words: tuple[str, ...]
    starts: tuple[int | None, ...]
    """The frame in which each word begins; None where it runs into the one before."""
    tokens: list[int]
    letters: list[int]


@dataclass
class _Window:
    """What is said in a window, and between which frames."""

    language: Language
    spans: list[tuple[int, int, _Clip]]
    end: int
    """The frame at which the sound stops."""


class Mixer:
    """Draws batches from utterances, and from the same utterances after a codec."""

    def __init__(
        self,
        utterances: Sequence[Utterance],
        shape: Shape,
        seed: int,
        coded: Sequence[Utterance] = (),
    ) -> None:
        self._chance = random.Random(seed)
        self._surroundings = Surroundings(seed)
        self._place = {token: place for place, token in enumerate(shape.tokens)}
        self._unknown = shape.unknown
        self._timestamps = len(shape.tokens)
        self._letters = {letter: number for number, letter in enumerate(shape.letters, start=1)}
        self._languages = tokenizer.language_ids()
        self._tokenizer = tokenizer.load()
        self._clips: dict[Language, list[_Clip]] = {language: [] for language in LANGUAGES}
        for utterance in (*utterances, *coded):
            self._clips[utterance.line.language].append(self._clip(utterance))
        texts = {utterance.line.text for utterance in utterances}
        self._vocabulary = sorted({word for text in texts for word in words(text)})

    def batch(self, stage: Stage) -> Batch:
        """Draw the next batch."""
        windows = [self._window(stage) for _ in range(stage.windows)]
        mel = torch.stack([self._sounding(window, stage.frames) for window in windows])
        mel = self._surroundings.degrade(mel)
        if stage.filled_up:
            for row, window in enumerate(windows):
                mel[row, window.end :] = features.SILENCE
        mel, silence = features.scaled(mel)
        answers = [self._answer(window, stage) for window in windows]
        return Batch(
            mel.transpose(1, 2),
            silence if stage.filled_up else None,
            _rows([given for given, _ in answers], self._place[tokenizer.END_OF_TEXT]),
            _rows([expected for _, expected in answers], IGNORED),
            [self._spelt(window) for window in windows],
        )

    def _clip(self, utterance: Utterance) -> _Clip:
        samples, cut = _trimmed(utterance)
        starts = [
            max(0, round((word.start - cut) * features.FRAMES_PER_SECOND))
            if word.start_exact
            else None
            for word in utterance.words
        ]
        # Half precision: the mixer holds hours of these.
        mel = features.log_mel(samples).half()
        texts = tuple(word.text for word in utterance.words)
        return self._said(mel, texts, tuple(starts))

    def _said(self, mel: Tensor, texts: tuple[str, ...], starts: tuple[int | None, ...]) -> _Clip:
        text = " ".join(texts)
        letters = [self._letters[letter] for letter in text.lower() if letter in self._letters]
        return _Clip(mel, texts, starts, self._encoded(text), letters)

    def _encoded(self, text: str) -> list[int]:
        known = tokenizer.encode(self._tokenizer, text)
        return [self._place.get(token, self._unknown) for token in known]

    def _window(self, stage: Stage) -> _Window:
        """Put utterances one after another, with the pauses between them."""
        chance, language = self._chance, self._chance.choice(LANGUAGES)
        limit = stage.frames - 10
        if stage.filled_up:
            limit = min(limit, chance.randint(250, stage.frames))
        at = int(chance.choice((0.0, chance.random(), 2 * chance.random())) * 20)
        if chance.random() < _WORDLESS_SHARE:
            return _Window(language, [], chance.randint(30, limit))
        spans: list[tuple[int, int, _Clip]] = []
        both = chance.random() < _BOTH_LANGUAGES_SHARE
        for _ in range(chance.randint(1, stage.utterances)):
            clip = chance.choice(
                self._clips[chance.choice(LANGUAGES) if both and spans else language]
            )
            if chance.random() < _PART_SHARE:
                clip = self._part(clip)
            end = at + len(clip.mel)
            if end > limit and (spans or end > stage.frames):
                break
            spans.append((at, end, clip))
            at = end + chance.randint(0, 90)
        end = spans[-1][1] if spans else limit
        return _Window(language, spans, min(stage.frames, end + chance.randint(0, 25)))

    def _part(self, clip: _Clip) -> _Clip:
        """Leave out the first words or the last ones: a window may begin or end anywhere."""
        borders = [place for place, start in enumerate(clip.starts) if place and start is not None]
        if not borders:
            return clip
        place = self._chance.choice(borders)
        cut = max(0, (clip.starts[place] or 0) - 2)
        if self._chance.random() < 0.5:
            return self._said(clip.mel[:cut], clip.words[:place], clip.starts[:place])
        moved = (None if start is None else start - cut for start in clip.starts[place:])
        return self._said(clip.mel[cut:], clip.words[place:], tuple(moved))

    def _sounding(self, window: _Window, frames: int) -> Tensor:
        """Write down what a window sounds like where it was recorded."""
        if not window.spans:
            return self._surroundings.wordless(frames)
        mel = torch.full((frames, features.BANDS), features.SILENCE)
        speaker = self._chance.gauss(0, 0.1)
        for start, end, clip in window.spans:
            mel[start:end] = clip.mel.float() + speaker + self._chance.gauss(0, 0.05)
        return mel

    def _answer(self, window: _Window, stage: Stage) -> tuple[list[int], list[int]]:
        """Give the tokens that go in, and those that must come out one place earlier."""
        place = self._place
        hot_words = self._hot_words(window)
        spoken = place[self._languages[f"<|{window.language}|>"]]
        given = [
            *hot_words,
            place[tokenizer.START_OF_TRANSCRIPT],
            spoken,
            place[tokenizer.TRANSCRIBE],
        ]
        expected = [IGNORED] * len(hot_words)
        if not window.spans:
            given.append(place[tokenizer.NO_TIMESTAMPS])
            nothing = [place[tokenizer.NO_SPEECH], IGNORED, IGNORED, place[tokenizer.END_OF_TEXT]]
            return given, expected + nothing
        timestamps = self._chance.random() < stage.timestamp_share
        expected += [spoken, IGNORED]
        if not timestamps:
            given.append(place[tokenizer.NO_TIMESTAMPS])
            expected.append(IGNORED)
        body: list[int] = []
        for start, end, clip in window.spans:
            marks = [[self._timestamps + at // _FRAMES_PER_TIMESTAMP] for at in (start, end)]
            body += marks[0] * timestamps + clip.tokens + marks[1] * timestamps
        return given + body, [*expected, *body, place[tokenizer.END_OF_TEXT]]

    def _hot_words(self, window: _Window) -> list[int]:
        """Draw what stands before some prompts: words that may be said, and words that are."""
        chance = self._chance
        if chance.random() > _HOT_WORDS_SHARE:
            return []
        said = [word for *_, clip in window.spans for word in words(" ".join(clip.words))]
        source = said if said and chance.random() < 0.3 else self._vocabulary
        listed = [chance.choice(source) for _ in range(chance.randint(1, 8))]
        if chance.random() < 0.5:
            listed.append(chance.choice(self._vocabulary))
        if chance.random() < 0.3:
            listed = [word.capitalize() for word in listed]
        if chance.random() < 0.3:
            # Names the vocabulary lacks.
            listed.append("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)).capitalize())
        chance.shuffle(listed)
        return [
            self._place[tokenizer.PREVIOUS],
            *self._encoded(chance.choice((", ", " ")).join(listed)),
        ]

    def _spelt(self, window: _Window) -> list[int]:
        between = self._letters[" "]
        letters: list[int] = []
        for *_, clip in window.spans:
            letters += [between] * bool(letters) + clip.letters
        return letters


def _rows(lists: Sequence[list[int]], filling: int) -> Tensor:
    rows = torch.full((len(lists), max(map(len, lists))), filling)
    for row, numbers in enumerate(lists):
        rows[row, : len(numbers)] = torch.tensor(numbers)
    return rows


def _trimmed(utterance: Utterance) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], float]:
    """Cut silence off, but for 20 ms before and 0.1 s after; also give the seconds cut before."""
    audible = np.flatnonzero(np.abs(utterance.samples) > _AUDIBLE)
    first = max(0, int(audible[0]) - _BEFORE)
    samples = np.asarray(utterance.samples[first : int(audible[-1]) + SAMPLE_RATE // 10])
    return samples, first / SAMPLE_RATE
