"""Says by name what speaks against the text of a window; pure, thresholds by model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from worker import plain
from worker.phantoms import is_phantom
from worker.repetition import is_loop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.evidence import Evidence

Failure = Literal[
    "no_speech",
    "repetition",
    "phantom",
    "vocabulary_only",
    "low_probability",
    "token_limit",
    "sparse",
]
"""The gravest first: the order in which they are reported."""


@dataclass(frozen=True)
class Gates:
    """The thresholds; those without a source are cautious, and models.toml sets them by model.

    Attributes:
        no_speech_probability: above it *and* below `log_probability` nobody speaks. Whisper's
            own pair (Radford et al. 2022, section 4.5): neither figure can be trusted alone.
        certain_no_speech_probability: above it nobody speaks, however sure the text seems.
            1 switches it off, which is right for a model on which it was not measured.
        log_probability: mean of the tokens; Whisper's own threshold.
        hopeless_log_probability: below it a text is not even worth keeping as doubtful.
        compression_ratio: of zlib; Whisper's own threshold.
        loop_words: that a phrase and its repeats have together.
        loop_repeats: of one phrase.
        phantom_no_speech_probability: a known invented phrase is dropped above it,
        phantom_log_probability: or below it,
        phantom_words_per_second: or with fewer words than this for the speech found.
        sparse_words_per_second: a text with fewer has left something out: even slow dictation
            has one word a second, without its pauses.
        sparse_from_seconds: of speech; in less, one long word is enough.
        doubtful_confidence: a sentence is doubtful below it, by the mean of its words. In noise a
            text can pass every gate and be half wrong; its words' confidence then says so.
    """

    no_speech_probability: float = 0.6
    certain_no_speech_probability: float = 1.0
    log_probability: float = -1.0
    hopeless_log_probability: float = -2.0
    compression_ratio: float = 2.4
    loop_words: int = 8
    loop_repeats: int = 3
    phantom_no_speech_probability: float = 0.3
    phantom_log_probability: float = -0.5
    phantom_words_per_second: float = 1.0
    sparse_words_per_second: float = 0.5
    sparse_from_seconds: float = 5.0
    doubtful_confidence: float = 0.6

    def failures(
        self,
        evidence: Evidence,
        speech_seconds: float,
        hot_words: Sequence[str] = (),
        *,
        is_suspected: bool = False,
    ) -> tuple[Failure, ...]:
        """What speaks against a text, the gravest first; nothing for a good one.

        Args:
            evidence: of the window.
            speech_seconds: that the detector found in it.
            hot_words: the terms that the model was told to expect.
            is_suspected: whether what surrounds the window speaks against an invented phrase.
        """
        words = plain.words(evidence.text)
        if not words or self._is_no_speech(evidence):
            return ("no_speech",)
        answers: dict[Failure, bool] = {
            "repetition": self._is_repetition(evidence, words),
            "phantom": is_phantom(evidence.text)
            and (is_suspected or self._has_second_sign(evidence, len(words) / speech_seconds)),
            "vocabulary_only": _is_vocabulary_only(words, hot_words),
            "low_probability": evidence.mean_log_probability < self.log_probability,
            "token_limit": evidence.token_count >= evidence.token_limit,
            "sparse": speech_seconds >= self.sparse_from_seconds
            and len(words) < self.sparse_words_per_second * speech_seconds,
        }
        return tuple(name for name, fails in answers.items() if fails)

    def is_hopeless(self, evidence: Evidence) -> bool:
        """Whether a text is too unlikely to be kept, even as doubtful."""
        return evidence.mean_log_probability < self.hopeless_log_probability

    def _is_no_speech(self, evidence: Evidence) -> bool:
        probability = evidence.no_speech_probability
        if probability > self.certain_no_speech_probability:
            return True
        is_unlikely = evidence.mean_log_probability < self.log_probability
        return probability > self.no_speech_probability and is_unlikely

    def _is_repetition(self, evidence: Evidence, words: Sequence[str]) -> bool:
        if evidence.compression_ratio > self.compression_ratio:
            return True
        return is_loop(words, self.loop_words, self.loop_repeats)

    def _has_second_sign(self, evidence: Evidence, words_per_second: float) -> bool:
        """People do say "thank you": the phrase alone is no proof."""
        return (
            evidence.no_speech_probability > self.phantom_no_speech_probability
            or evidence.mean_log_probability < self.phantom_log_probability
            or words_per_second < self.phantom_words_per_second
        )


def _is_vocabulary_only(words: Sequence[str], hot_words: Sequence[str]) -> bool:
    known = {word for term in hot_words for word in plain.words(term)}
    return bool(known) and known.issuperset(words)
