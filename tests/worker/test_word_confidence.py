"""Word confidence: one figure for each word, from the tokens that the word is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.audio import decode_flac
from worker.word_confidence import of_words

from models.unpack import unpack_fixture
from tests.worker.support import SAMPLE_RATE

if TYPE_CHECKING:
    from ctranslate2 import StorageView
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

RECORDING = Path(__file__).parent / "recordings" / "en.flac"

PIECES = st.text(st.sampled_from("aé1.,¿%'😀 \n\u3000\u0301"), max_size=6)
PROBABILITIES = st.floats(0, 1)


@given(st.lists(st.tuples(PIECES, PROBABILITIES), max_size=30))
def test_each_word_has_a_figure_between_those_of_its_window(
    tokens: list[tuple[str, float]],
) -> None:
    pieces = [piece for piece, _ in tokens]
    probabilities = [probability for _, probability in tokens]
    confidences = of_words(pieces, probabilities)
    assert len(confidences) == len("".join(pieces).split())
    for confidence in confidences:
        assert confidence is not None
        assert min(probabilities) - 0.0005 <= confidence <= max(0.001, *probabilities) + 0.0005
        assert confidence > 0


@given(st.lists(st.lists(st.tuples(st.text("añ.", min_size=1, max_size=3), PROBABILITIES),
                         min_size=1, max_size=4), min_size=1, max_size=8))  # fmt: skip
def test_a_word_is_bounded_by_its_own_tokens(words: list[list[tuple[str, float]]]) -> None:
    tokens = [
        (" " * (place == 0) + text, probability)
        for word in words
        for place, (text, probability) in enumerate(word)
    ]
    confidences = of_words([text for text, _ in tokens], [p for _, p in tokens])
    for word, confidence in zip(words, confidences, strict=True):
        own = [probability for _, probability in word]
        assert confidence is not None
        assert min(own) - 0.0005 <= confidence <= max(0.001, *own) + 0.0005


@given(
    st.lists(
        st.tuples(
            PIECES, st.one_of(PROBABILITIES, st.sampled_from([math.nan, math.inf, -1.0, 7.0]))
        )
    )
)
def test_what_is_no_probability_never_gets_out(tokens: list[tuple[str, float]]) -> None:
    confidences = of_words([piece for piece, _ in tokens], [p for _, p in tokens])
    assert all(figure is None or 0 < figure <= 1 for figure in confidences)


@pytest.mark.parametrize(
    ("pieces", "probabilities", "expected"),
    [
        ([" good", " morn", "ing"], [0.9, 0.5, 0.7], [0.9, 0.6]),
        ([" yes", "."], [0.9, 0.1], [0.9]),
        ([" ¿", "Qué", "?"], [0.2, 0.8, 0.2], [0.8]),
        ([" …"], [0.4], [0.4]),
        ([" 50", "%"], [0.8, 0.4], [0.6]),
        ([" 50", " %"], [0.8, 0.4], [0.8, 0.4]),
        ([" don", "'", "t"], [0.8, 0.1, 0.6], [0.7]),
        (["a b", "c d"], [0.2, 0.4], [0.2, 0.3, 0.4]),
        ([" ", "a", " ", "\n", "b"], [0.1, 0.5, 0.1, 0.1, 0.7], [0.5, 0.7]),
        ([" a", "", "b"], [0.2, 0.9, 0.4], [0.3]),
        ([" never", " 0"], [0.0, 1e-9], [0.001, 0.001]),
        ([" lost", " found"], [math.nan, 0.5], [None, 0.5]),
        ([], [], []),
    ],
)
def test_words_take_the_mean_of_their_telling_tokens(
    pieces: list[str], probabilities: list[float], expected: list[float | None]
) -> None:
    assert of_words(pieces, probabilities) == expected


def test_pieces_without_probabilities_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        of_words([" a", " b"], [0.5])


@dataclass(frozen=True)
class Decoded:
    """A batch of two windows, and a decoder's answer to them."""

    model: WhisperModel
    encoded: StorageView
    tokenizer: Tokenizer
    tokens: list[list[int]]
    log_probabilities: list[float]
    """Of all of a row's text, without the end of it."""


@pytest.fixture(scope="module")
def decoded() -> Decoded:
    from faster_whisper import WhisperModel  # noqa: PLC0415  # slow: only here
    from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415  # as above

    model = WhisperModel(
        str(unpack_fixture().whisper), device="cpu", cpu_threads=1, local_files_only=True
    )
    samples = decode_flac(RECORDING.read_bytes())
    heard = [samples[: 7 * SAMPLE_RATE], samples[7 * SAMPLE_RATE : 12 * SAMPLE_RATE]]
    features = [model.feature_extractor(np.pad(part, (0, 30 * SAMPLE_RATE))) for part in heard]
    encoded = model.encode(np.stack([part[:, :3000] for part in features]))
    tokenizer = Tokenizer(model.hf_tokenizer, multilingual=True, task="transcribe", language="en")
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    answers = model.model.generate(
        encoded, [prompt] * 2, beam_size=1, return_scores=True, return_logits_vocab=True
    )
    tokens = [answer.sequences_ids[0] for answer in answers]
    ends = [_log_probability(answer.logits[0][-1], tokenizer.eot) for answer in answers]
    totals = [
        answer.scores[0] * len(row) - end
        for answer, row, end in zip(answers, tokens, ends, strict=True)
    ]
    return Decoded(model, encoded, tokenizer, tokens, totals)


def _log_probability(logits: StorageView, token: int) -> float:
    values = np.array(logits, dtype=np.float64)
    return float(values[token] - np.logaddexp.reduce(values))


def probabilities_of(decoded: Decoded, tokens: list[list[int]]) -> list[list[float]]:
    from worker.engine.confidence import token_probabilities  # noqa: PLC0415  # as above

    return token_probabilities(
        decoded.model.model, decoded.encoded, decoded.tokenizer.sot_sequence, tokens, [700, 500]
    )


@pytest.mark.whisperx
def test_each_token_has_the_probability_at_which_it_was_decoded(decoded: Decoded) -> None:
    found = probabilities_of(decoded, decoded.tokens)
    for row, tokens, total in zip(found, decoded.tokens, decoded.log_probabilities, strict=True):
        assert len(row) == len(tokens)
        assert sum(map(math.log, row)) == pytest.approx(total, abs=0.05)


@pytest.mark.whisperx
def test_a_window_without_tokens_changes_nothing_for_the_others(decoded: Decoded) -> None:
    first, second = probabilities_of(decoded, decoded.tokens)
    assert probabilities_of(decoded, [decoded.tokens[0], []])[1] == []
    assert probabilities_of(decoded, [[], decoded.tokens[1]])[1] == pytest.approx(second, abs=0.01)
    assert probabilities_of(decoded, [decoded.tokens[0], []])[0] == pytest.approx(first, abs=0.01)
    assert probabilities_of(decoded, [[], []]) == [[], []]
    assert probabilities_of(decoded, []) == []


@pytest.mark.whisperx
def test_a_word_that_nobody_said_is_less_sure_than_the_others(decoded: Decoded) -> None:
    from worker.engine.confidence import pieces  # noqa: PLC0415  # as above

    said = decoded.tokenizer.decode(decoded.tokens[0]).split()
    wrong = [*said[:3], "river", *said[4:]]
    tokens = decoded.tokenizer.encode(" " + " ".join(wrong))
    (found, _) = probabilities_of(decoded, [tokens, []])
    confidences = of_words(*pieces(decoded.tokenizer, tokens, found))
    assert len(confidences) == len(wrong)
    assert min(range(len(wrong)), key=lambda place: confidences[place] or 1) == 3


@pytest.mark.whisperx
@given(tokens=st.lists(st.one_of(st.integers(0, 50_000), st.integers(90, 255)), max_size=12))
def test_pieces_say_the_text_of_any_tokens(decoded: Decoded, tokens: list[int]) -> None:
    """Also of those whose bytes, one by one or at all, make no character."""
    from worker.engine.confidence import pieces  # noqa: PLC0415  # as above

    texts, means = pieces(decoded.tokenizer, tokens, [0.5] * len(tokens))
    assert "".join(texts) == decoded.tokenizer.decode(tokens)
    assert len(of_words(texts, means)) == len(decoded.tokenizer.decode(tokens).split())
    assert all(mean == 0.5 or math.isnan(mean) for mean in means)


@pytest.mark.whisperx
@pytest.mark.parametrize("text", [" ¿Qué? ¡Mañana!", " 50 % … 😀", " привет"])
def test_characters_of_several_tokens_are_joined(decoded: Decoded, text: str) -> None:
    from worker.engine.confidence import pieces  # noqa: PLC0415  # as above

    tokens = decoded.tokenizer.encode(text)
    texts, means = pieces(decoded.tokenizer, tokens, [0.5] * len(tokens))
    assert "".join(texts) == text
    assert of_words(texts, means) == [0.5] * len(text.split())
