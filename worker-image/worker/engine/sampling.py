"""Samples texts at a temperature so that the same audio gives the same text twice.

CTranslate2 samples, too, but each of its threads keeps one random generator for as long as it
lives and reads the seed once: in a warm worker a text would depend on all chunks before it
(https://github.com/OpenNMT/CTranslate2/issues/1757). Here the decoder only drafts the likeliest
continuation with its logits. Draws from them agree with the draft up to some token; from there
on the decoder drafts again. The texts have the very distribution of sampling token by token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DRAFT_TOKENS: Final = 16
"""What a draft adds at most: more would be thrown away more often than used."""


@dataclass(frozen=True)
class Draft:
    """The likeliest continuation of a text.

    Attributes:
        tokens: without the end of the text.
        logits: of all tokens at each place, and at the end of the text if the draft reaches it.
    """

    tokens: Sequence[int]
    logits: NDArray[np.float64]


class Drafter(Protocol):
    """Continues texts."""

    def __call__(self, rows: Sequence[int], texts: Sequence[Sequence[int]]) -> list[Draft]:
        """Drafts for some rows of the batch, each after the text so far."""


@dataclass
class Sampled:
    """A text as it grows.

    Attributes:
        tokens: without the end of the text.
        log_probability: of the tokens and the end, as at temperature 1.
        is_finished: the end was drawn, or there is no room for more.
    """

    tokens: list[int] = field(default_factory=list)
    log_probability: float = 0.0
    is_finished: bool = False


def sample(
    draft: Drafter,
    seeds: Sequence[Sequence[int]],
    *,
    temperature: float,
    token_limit: int,
    end_token: int,
) -> list[Sampled]:
    """Sample one text for each row of a batch.

    Args:
        draft: the decoder.
        seeds: of each row; a row's text does not depend on its neighbours.
        temperature: above 0.
        token_limit: for each text.
        end_token: that ends a text.
    """
    texts = [Sampled() for _ in seeds]
    random = [np.random.default_rng(seed) for seed in seeds]
    while open_rows := [row for row, text in enumerate(texts) if not text.is_finished]:
        drafts = draft(open_rows, [texts[row].tokens for row in open_rows])
        for row, drafted in zip(open_rows, drafts, strict=True):
            room = token_limit - len(texts[row].tokens)
            within = Draft(drafted.tokens, drafted.logits[:room])
            _follow(texts[row], within, random[row], temperature, end_token)
            if len(texts[row].tokens) == token_limit:
                texts[row].is_finished = True
    return texts


def _follow(
    text: Sampled,
    draft: Draft,
    random: np.random.Generator,
    temperature: float,
    end_token: int,
) -> None:
    """Draw tokens as long as they are those of the draft, and one more."""
    for place, logits in enumerate(draft.logits):
        token = _draw(logits / temperature, random)
        text.log_probability += float(logits[token] - _log_sum(logits))
        if token == end_token:
            text.is_finished = True
            return
        text.tokens.append(token)
        if place == len(draft.tokens) or token != draft.tokens[place]:
            return


def _draw(logits: NDArray[np.float64], random: np.random.Generator) -> int:
    probabilities = np.exp(logits - _log_sum(logits))
    reached = np.cumsum(probabilities)
    return int(np.searchsorted(reached, random.random() * reached[-1], side="right"))


def _log_sum(logits: NDArray[np.float64]) -> float:
    highest = logits.max()
    return float(highest + np.log(np.exp(logits - highest).sum()))
