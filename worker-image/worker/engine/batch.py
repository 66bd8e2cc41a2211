"""A batch of encoded windows: asks CTranslate2 for their likeliest texts, or for sampled ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import ctranslate2
import numpy as np
import torch

from worker.engine.sampling import DRAFT_TOKENS, Draft, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Answer:
    """A decoded text.

    Attributes:
        tokens: without the end of the text.
        log_probability: of all of them and the end, at temperature 1.
        no_speech_probability: at the start of the transcript.
    """

    tokens: list[int]
    log_probability: float
    no_speech_probability: float


@dataclass(frozen=True)
class Batch:
    """Windows that are decoded at once.

    Attributes:
        model: CTranslate2's.
        encoded: the encoder's output.
        prompts: of each window, all of one length.
        max_length: of a prompt and its text, in tokens.
    """

    model: ctranslate2.models.Whisper
    encoded: ctranslate2.StorageView
    prompts: Sequence[list[int]]
    max_length: int

    @property
    def token_limit(self) -> int:
        """Where CTranslate2 cuts a text off: half of the length, or what the prompt leaves."""
        return min(self.max_length // 2, self.max_length - self._start)

    @property
    def _start(self) -> int:
        """The last token of a prompt counts as the first of its text."""
        return len(self.prompts[0]) - 1

    def likeliest(self, options: Any) -> list[Answer]:  # noqa: ANN401  # WhisperX has no types
        """The texts that a beam search finds."""
        answers = self.model.generate(
            self.encoded,
            list(self.prompts),
            beam_size=options.beam_size,
            patience=options.patience,
            length_penalty=options.length_penalty,
            repetition_penalty=options.repetition_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram_size,
            max_length=self.max_length,
            suppress_blank=options.suppress_blank,
            suppress_tokens=options.suppress_tokens,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            Answer(
                tokens := answer.sequences_ids[0],
                # CTranslate2 divides by the length; the end of the text, not in the ids, counts.
                answer.scores[0] * len(tokens) ** options.length_penalty,
                answer.no_speech_prob,
            )
            for answer in answers
        ]

    def sampled(
        self,
        options: Any,  # noqa: ANN401  # WhisperX has no types
        seeds: Sequence[Sequence[int]],
        end_token: int,
    ) -> list[Answer]:
        """Texts drawn at the first of the options' temperatures, by a seed for each window."""
        no_speech: dict[int, float] = {}
        texts = sample(
            partial(self._drafts, options, no_speech),
            seeds,
            temperature=options.temperatures[0],
            token_limit=self.token_limit,
            end_token=end_token,
        )
        return [
            Answer(text.tokens, text.log_probability, no_speech[row])
            for row, text in enumerate(texts)
        ]

    def _drafts(
        self,
        options: Any,  # noqa: ANN401  # WhisperX has no types
        no_speech: dict[int, float],
        rows: Sequence[int],
        texts: Sequence[Sequence[int]],
    ) -> list[Draft]:
        """Continue some texts by the likeliest tokens; `no_speech` is filled in on the way."""
        longest = max(map(len, texts)) + DRAFT_TOKENS
        answers = self.model.generate(
            select_rows(self.encoded, rows),
            [[*self.prompts[row], *text] for row, text in zip(rows, texts, strict=True)],
            beam_size=1,
            max_length=min(self.max_length, max(2 * longest, longest + self._start)),
            suppress_blank=options.suppress_blank,
            suppress_tokens=options.suppress_tokens,
            return_logits_vocab=True,
            return_no_speech_prob=True,
        )
        for row, answer in zip(rows, answers, strict=True):
            no_speech.setdefault(row, answer.no_speech_prob)
        return [
            # The first tokens and logits are those of the text so far.
            Draft(
                answer.sequences_ids[0][len(text) :],
                np.stack([_numbers(logits) for logits in answer.logits[0][len(text) :]]),
            )
            for answer, text in zip(answers, texts, strict=True)
        ]


def select_rows(encoded: ctranslate2.StorageView, rows: Sequence[int]) -> ctranslate2.StorageView:
    """Some windows of an encoded batch, on the same device."""
    if encoded.device == "cpu":
        return ctranslate2.StorageView.from_array(np.asarray(encoded)[list(rows)])
    chosen = _tensor(encoded)[list(rows)].contiguous()
    torch.cuda.synchronize(chosen.device)  # CTranslate2 reads it in a stream of its own
    return ctranslate2.StorageView.from_array(chosen)


def _numbers(view: ctranslate2.StorageView) -> NDArray[np.float64]:
    if view.device == "cpu":
        return np.asarray(view).astype(np.float64)
    numbers: NDArray[np.float64] = _tensor(view).double().cpu().numpy()
    return numbers


def _tensor(view: ctranslate2.StorageView) -> torch.Tensor:
    """What CTranslate2 has on a GPU, once all work on it is done."""
    device = torch.device(view.device, view.device_index)
    torch.cuda.synchronize(device)
    return torch.as_tensor(view, device=device)
