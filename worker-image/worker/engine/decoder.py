"""WhisperX's decoder, told for each window which language is spoken in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from faster_whisper.tokenizer import Tokenizer
from scribe import language
from whisperx.asr import WhisperModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from scribe.shapes import Language

    from worker.engine.speech import Window

_LEAST_SECONDS: Final = 3.0
"""A shorter window says too little about its language; it has that of the one before it."""


class SwitchingDecoder(WhisperModel):  # type: ignore[misc]  # WhisperX has no types
    """Decodes a batch of windows, each in its own language, with one pass of the encoder.

    WhisperX's pipeline hands on text and probability only, so the language of each window is
    kept here, in the order of the windows.
    """

    def begin(
        self, spoken: Language, configured: Sequence[Language], windows: Sequence[Window]
    ) -> None:
        """Get ready for the windows of one chunk.

        Args:
            spoken: the language of the file.
            configured: the languages that a window may have.
            windows: in the order in which they will be decoded.
        """
        self._spoken = spoken
        self._configured = configured
        self._windows = windows
        self.decoded: list[Language] = []

    def generate_segment_batched(
        self,
        features: torch.Tensor,
        tokenizer: Tokenizer,  # noqa: ARG002  # WhisperX's signature; the language is the window's
        options: Any,  # noqa: ANN401  # WhisperX has no types
        encoder_output: object = None,  # noqa: ARG002  # WhisperX's signature
    ) -> dict[str, Any]:
        """The text of each window and the mean log probability of its tokens."""
        encoded = self.encode(features)
        languages = self._languages(self.model.detect_language(encoded))
        answers = self.model.generate(
            encoded,
            [self._prompt(code, options) for code in languages],
            beam_size=options.beam_size,
            patience=options.patience,
            length_penalty=options.length_penalty,
            repetition_penalty=options.repetition_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            max_length=self.max_length,
            suppress_blank=options.suppress_blank,
            suppress_tokens=options.suppress_tokens,
            return_scores=True,
        )
        end = self.hf_tokenizer.token_to_id("<|endoftext|>")
        tokens = [[t for t in answer.sequences_ids[0] if t < end] for answer in answers]
        return {
            "text": self.hf_tokenizer.decode_batch(tokens),
            "avg_logprob": [_mean_log_probability(a, options.length_penalty) for a in answers],
        }

    def _languages(self, heard: list[list[tuple[str, float]]]) -> list[Language]:
        first = len(self.decoded)
        for window, answer in zip(self._windows[first:], heard, strict=False):
            if window.end - window.start < _LEAST_SECONDS:
                self.decoded.append(self.decoded[-1] if self.decoded else self._spoken)
            else:
                self.decoded.append(
                    language.of_window(probabilities(answer), self._spoken, self._configured)
                )
        return self.decoded[first:]

    def _prompt(self, code: Language, options: Any) -> list[int]:  # noqa: ANN401  # as above
        tokenizer = Tokenizer(
            self.hf_tokenizer, self.model.is_multilingual, task="transcribe", language=code
        )
        prompt: list[int] = self.get_prompt(
            tokenizer, [], without_timestamps=options.without_timestamps
        )
        return prompt


def probabilities(answer: list[tuple[str, float]]) -> dict[str, float]:
    """CTranslate2's language tokens, `<|en|>`, as language codes."""
    return {token[2:-2]: probability for token, probability in answer}


def _mean_log_probability(answer: Any, length_penalty: float) -> float:  # noqa: ANN401  # CTranslate2 has no types
    length = len(answer.sequences_ids[0])
    # CTranslate2 divides by the length; the end-of-text token, not in the ids, counts too.
    total: float = answer.scores[0] * length**length_penalty
    return total / (length + 1)
