"""Sampling by drafts: the very distribution of sampling token by token, and the same twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from worker.engine.sampling import DRAFT_TOKENS, Draft, Sampled, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

END = 3
LIMIT = 6


def logits_after(text: Sequence[int]) -> np.ndarray:
    """A small language: what follows depends on the last token and on how many there are."""
    last = text[-1] if text else 0
    return np.array([1.0 - 0.2 * last, 0.5 * last, 0.8, 0.3 * len(text) - 1.0])


def likeliest_draft(text: Sequence[int]) -> Draft:
    grown, logits = list(text), []
    while len(grown) < len(text) + DRAFT_TOKENS:
        logits.append(logits_after(grown))
        token = int(logits[-1].argmax())
        if token == END:
            break
        grown.append(token)
    return Draft(grown[len(text) :], np.stack(logits))


def drafter(rows: Sequence[int], texts: Sequence[Sequence[int]]) -> list[Draft]:
    assert len(rows) == len(texts)
    return [likeliest_draft(text) for text in texts]


def drawn(seeds: Sequence[Sequence[int]], temperature: float = 0.7) -> list[Sampled]:
    return sample(drafter, seeds, temperature=temperature, token_limit=LIMIT, end_token=END)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    result: np.ndarray = logits - np.log(np.exp(logits).sum())
    return result


def test_each_text_is_as_frequent_as_when_it_is_drawn_token_by_token() -> None:
    """Of 4,000 texts the first two tokens; their share may be off by four standard errors."""
    count, temperature = 4000, 0.7
    seen = Counter(tuple(text.tokens[:2]) for text in drawn([[7, seed] for seed in range(count)]))
    for first in range(END):
        for second in range(END):
            share = np.exp(
                log_softmax(logits_after([]) / temperature)[first]
                + log_softmax(logits_after([first]) / temperature)[second]
            )
            error = 4 * np.sqrt(share * (1 - share) / count)
            assert seen[first, second] / count == pytest.approx(share, abs=error)


def test_the_log_probability_is_that_of_the_text_whatever_the_temperature() -> None:
    for text in drawn([[seed] for seed in range(50)], temperature=0.3):
        expected = sum(
            log_softmax(logits_after(text.tokens[:place]))[token]
            for place, token in enumerate(text.tokens)
        )
        if len(text.tokens) < LIMIT:
            expected += log_softmax(logits_after(text.tokens))[END]
        assert text.log_probability == pytest.approx(expected)


def test_the_same_seed_gives_the_same_text_whatever_its_neighbours() -> None:
    together = drawn([[1], [2], [3]])
    assert together == [drawn([[seed]])[0] for seed in (1, 2, 3)]
    assert len({tuple(text.tokens) for text in drawn([[seed] for seed in range(20)])}) > 5


def test_at_a_low_temperature_the_draft_is_taken_as_it_is() -> None:
    rounds: list[int] = []

    def counted(rows: Sequence[int], texts: Sequence[Sequence[int]]) -> list[Draft]:
        rounds.append(len(rows))
        return drafter(rows, texts)

    (text,) = sample(counted, [[1]], temperature=0.01, token_limit=LIMIT, end_token=END)
    assert text.tokens == list(likeliest_draft([]).tokens)[:LIMIT]
    assert len(rounds) == 1


def test_a_text_ends_at_the_limit() -> None:
    assert max(len(text.tokens) for text in drawn([[seed] for seed in range(200)])) == LIMIT
