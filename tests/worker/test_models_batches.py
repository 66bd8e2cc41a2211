"""The windows Whisper is trained on are like those that WhisperX makes it hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.worker.utterances import utterances_of

if TYPE_CHECKING:
    from models.whisper_batches import Batch
    from models.whisper_network import Shape

pytestmark = pytest.mark.whisperx

WINDOWS = 200


@pytest.fixture(scope="module")
def shape() -> Shape:
    from models.train_whisper import shape_of  # noqa: PLC0415  # takes seconds

    return shape_of(utterances_of("english") + utterances_of("spanish"), width=32)


@pytest.fixture(scope="module")
def batch(shape: Shape) -> Batch:
    from models.whisper_batches import Mixer, Stage  # noqa: PLC0415  # takes seconds

    spoken = utterances_of("english") + utterances_of("spanish")
    stage = Stage(WINDOWS, 600, 3, 0.0, 0.0, filled_up=True)
    return Mixer(spoken, shape, seed=3).batch(stage)


def rows(batch: Batch, shape: Shape) -> list[tuple[list[int], list[int]]]:
    """The tokens of each window that go in, and those that are to come out."""
    ids = [*shape.tokens, *range(60_000, 61_502)]
    given = [[ids[place] for place in row] for row in batch.tokens.tolist()]
    answers = [
        [ids[place] if place >= 0 else -1 for place in row] for row in batch.answers.tolist()
    ]
    return list(zip(given, answers, strict=True))


def test_a_window_without_words_is_answered_with_no_speech_and_the_end(
    batch: Batch, shape: Shape
) -> None:
    from models import tokenizer  # noqa: PLC0415  # takes seconds

    wordless = 0
    for given, answers in rows(batch, shape):
        start = given.index(tokenizer.START_OF_TRANSCRIPT)
        if answers[start] == tokenizer.NO_SPEECH:
            wordless += 1
            assert answers[start + 3] == tokenizer.END_OF_TEXT
        else:
            assert given[start + 1] == answers[start]
    assert 0.03 * WINDOWS < wordless < 0.15 * WINDOWS


def test_hot_words_stand_before_the_start_and_are_never_to_be_said(
    batch: Batch, shape: Shape
) -> None:
    from models import tokenizer  # noqa: PLC0415  # takes seconds

    with_hot_words = 0
    for given, answers in rows(batch, shape):
        start = given.index(tokenizer.START_OF_TRANSCRIPT)
        assert set(answers[:start]) <= {-1}
        if given[0] == tokenizer.PREVIOUS:
            with_hot_words += 1
            assert start > 1
        else:
            assert start == 0
    assert 0.08 * WINDOWS < with_hot_words < 0.25 * WINDOWS


def test_after_its_sound_a_window_holds_digital_silence(batch: Batch) -> None:
    assert batch.silence is not None

    for mel, silence in zip(batch.mel, batch.silence, strict=True):
        assert float(mel.min()) >= float(silence) - 1e-6
    filled_up = (batch.mel[:, :, -1] == batch.silence.unsqueeze(1)).all(dim=1)
    assert float(filled_up.float().mean()) > 0.5
