"""WhisperX's decoder, made to keep what its pipeline drops: the evidence for each window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from faster_whisper.tokenizer import Tokenizer
from scribe import language
from whisperx.asr import WhisperModel

from worker import word_confidence
from worker.engine.batch import Answer, Batch, select_rows
from worker.engine.confidence import pieces, token_probabilities
from worker.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ctranslate2
    import torch
    from scribe.shapes import Language

    from worker.windows import Window

_LEAST_SECONDS: Final = 3.0
"""A shorter window says too little about its language; it has that of the one before it."""
_FRAMES_PER_SECOND: Final = 100
_MOST_FRAMES: Final = 3000


class EvidenceDecoder(WhisperModel):  # type: ignore[misc]  # WhisperX has no types
    """Decodes a batch of windows, each in its own language, with one pass of the encoder.

    WhisperX's pipeline hands on text and mean log probability only, so the evidence is kept
    here, in the order of the windows. Of the pipeline's options, `temperatures` and `hotwords`
    are honoured, which WhisperX itself accepts and leaves unused in part.
    """

    def begin(
        self, spoken: Language, configured: Sequence[Language], windows: Sequence[Window]
    ) -> None:
        """Get ready for some windows of one chunk.

        Args:
            spoken: the language of the file.
            configured: the languages that a window may have.
            windows: in the order in which they will be decoded.
        """
        self._spoken = spoken
        self._configured = configured
        self._windows = windows
        self._tokenizers: dict[Language, Tokenizer] = {}
        self.evidence: list[Evidence] = []

    @property
    def end_token(self) -> int:
        """The token for the end of the text; all of the text lie below it."""
        token: int = self.hf_tokenizer.token_to_id("<|endoftext|>")
        return token

    @property
    def hot_words_room(self) -> int:
        """The tokens of hot words that faster-whisper does not cut off."""
        room: int = self.max_length // 2 - 1
        return room

    def count_tokens(self, hot_words: str) -> int:
        """The tokens that hot words take in the prompt."""
        return len(self.hf_tokenizer.encode(f" {hot_words}", add_special_tokens=False).ids)

    def generate_segment_batched(
        self,
        features: torch.Tensor,
        tokenizer: Tokenizer,  # noqa: ARG002  # WhisperX's signature; the language is the window's
        options: Any,  # noqa: ANN401  # WhisperX has no types
        encoder_output: object = None,  # noqa: ARG002  # WhisperX's signature
    ) -> dict[str, Any]:
        """The text of each window and the mean log probability of its tokens."""
        encoded = self.encode(features)
        first = len(self.evidence)
        windows = self._windows[first : first + len(features)]
        languages = self._languages(windows, self.model.detect_language(encoded))
        prompts = [self._prompt(code, options) for code in languages]
        batch = Batch(self.model, encoded, prompts, self.max_length)
        answers = self._answers(batch, windows, options)
        tokens = [[t for t in answer.tokens if t < self.end_token] for answer in answers]
        texts: list[str] = self.hf_tokenizer.decode_batch(tokens)
        confidences = self._confidences(encoded, windows, languages, tokens)
        found = [
            Evidence(
                text=text,
                token_count=len(answer.tokens),
                token_limit=batch.token_limit,
                mean_log_probability=answer.log_probability / (len(answer.tokens) + 1),
                no_speech_probability=answer.no_speech_probability,
                language=code,
                temperature=options.temperatures[0],
                word_confidences=confidence,
            )
            for text, answer, code, confidence in zip(
                texts, answers, languages, confidences, strict=True
            )
        ]
        self.evidence.extend(found)
        return {"text": texts, "avg_logprob": [each.mean_log_probability for each in found]}

    def _answers(self, batch: Batch, windows: Sequence[Window], options: Any) -> list[Answer]:  # noqa: ANN401  # as above
        temperature = options.temperatures[0]
        if temperature == 0:
            return batch.likeliest(options)
        # A window's own seeds: its text does not depend on what else is decoded.
        seeds = [(round(1000 * window.start), round(10 * temperature)) for window in windows]
        return batch.sampled(options, seeds, self.end_token)

    def _languages(
        self, windows: Sequence[Window], heard: list[list[tuple[str, float]]]
    ) -> list[Language]:
        found: list[Language] = []
        before = self.evidence[-1].language if self.evidence else self._spoken
        for window, answer in zip(windows, heard, strict=True):
            if window.end - window.start < _LEAST_SECONDS:
                before = window.language or before
            else:
                before = language.of_window(
                    probabilities(answer), window.language or self._spoken, self._configured
                )
            found.append(before)
        return found

    def _tokenizer(self, code: Language) -> Tokenizer:
        if code not in self._tokenizers:
            self._tokenizers[code] = Tokenizer(
                self.hf_tokenizer, self.model.is_multilingual, task="transcribe", language=code
            )
        return self._tokenizers[code]

    def _prompt(self, code: Language, options: Any) -> list[int]:  # noqa: ANN401  # as above
        prompt: list[int] = self.get_prompt(
            self._tokenizer(code),
            [],
            without_timestamps=options.without_timestamps,
            hotwords=options.hotwords,
        )
        return prompt

    def _confidences(
        self,
        encoded: ctranslate2.StorageView,
        windows: Sequence[Window],
        languages: Sequence[Language],
        tokens: Sequence[Sequence[int]],
    ) -> list[tuple[float | None, ...]]:
        """Of each window's words; CTranslate2 scores the texts of one language at a time."""
        found: list[tuple[float | None, ...]] = [()] * len(windows)
        for code in dict.fromkeys(languages):
            rows = [row for row, spoken in enumerate(languages) if spoken == code]
            scored = token_probabilities(
                self.model,
                encoded if len(rows) == len(windows) else select_rows(encoded, rows),
                self._tokenizer(code).sot_sequence,
                [tokens[row] for row in rows],
                [_frames(windows[row]) for row in rows],
            )
            for row, known in zip(rows, scored, strict=True):
                parts = pieces(self._tokenizer(code), tokens[row], known)
                found[row] = tuple(word_confidence.of_words(*parts))
        return found


def probabilities(answer: list[tuple[str, float]]) -> dict[str, float]:
    """CTranslate2's language tokens, `<|en|>`, as language codes."""
    return {token[2:-2]: probability for token, probability in answer}


def _frames(window: Window) -> int:
    return min(_MOST_FRAMES, int((window.end - window.start) * _FRAMES_PER_SECOND))
