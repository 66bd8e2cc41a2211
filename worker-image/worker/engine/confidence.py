"""The probability of each decoded token, from CTranslate2's own pass over known text."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ctranslate2
    from faster_whisper.tokenizer import Tokenizer


def token_probabilities(
    model: ctranslate2.models.Whisper,
    encoded: ctranslate2.StorageView,
    start_sequence: Sequence[int],
    tokens: Sequence[Sequence[int]],
    frames: Sequence[int],
) -> list[list[float]]:
    """How probable each token is after those before it, for every window of a batch.

    Beam search, sampling and a vocabulary change how a text is found, and not this figure. It is
    a share among the tokens of text: the chance that the text ends instead is no part of it.

    Args:
        model: that decoded the windows.
        encoded: the encoder's output for the batch; a row for each of `tokens`.
        start_sequence: start, language and task, as in `Tokenizer.sot_sequence`; CTranslate2
            adds the token for "no timestamps" itself.
        tokens: of each window, text only; a window without any may stand in the batch.
        frames: how many feature frames (10 ms) of each window are audio and not padding.

    Returns:
        As many probabilities for each window as it has tokens, each between 0 and 1.
    """
    if not any(tokens):
        return [[] for _ in tokens]  # CTranslate2 crashes without rows, and rows would cost a pass
    results = model.align(
        encoded,
        list(start_sequence),
        [list(row) for row in tokens],
        list(frames),
    )
    return [list(result.text_token_probs) for result in results]


def pieces(
    tokenizer: Tokenizer, tokens: Sequence[int], probabilities: Sequence[float]
) -> tuple[list[str], list[float]]:
    """The texts that tokens decode to, with the mean probability of each.

    Tokens that are only together a character are joined first. Where bytes are left over that
    make no character, nobody can tell which token says what: the whole text is one piece then,
    and its probability unknown.

    Args:
        tokenizer: that the tokens are of.
        tokens: of one window, text only.
        probabilities: of each token.

    Returns:
        Texts which joined are the tokens' text, and as many probabilities; NaN is unknown.
    """
    row = list(tokens)
    text: str = tokenizer.decode(row)
    texts, groups = tokenizer.split_tokens_on_unicode(row)
    if "".join(texts) != text or sum(map(len, groups)) != len(row):
        return [text], [math.nan]
    means: list[float] = []
    first = 0
    for group in groups:
        means.append(fmean(probabilities[first : first + len(group)]))
        first += len(group)
    return texts, means
