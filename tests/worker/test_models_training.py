"""The training scripts lead from speech to folders that WhisperX loads.

The speech is that of the sample recordings, so that no synthesiser is needed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.aligner_labels import BLANK, IDS, label
from models.speech import Utterance, Word
from tests.worker.utterances import utterances_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.whisperx


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    """The sentences of two recordings, each as an utterance of its own."""
    return [*utterances_of("english"), *utterances_of("spanish")]


def test_a_whisper_is_trained_exported_and_loaded(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    import whisperx  # noqa: PLC0415  # takes seconds

    from models import export_whisper, train_whisper, whisper_network  # noqa: PLC0415  # as above
    from models.whisper_batches import Mixer  # noqa: PLC0415  # as above

    checkpoint = tmp_path / "whisper.pt"
    shape = train_whisper.shape_of(utterances, width=32)
    plan = train_whisper.curriculum(steps=2)
    train_whisper.train(
        whisper_network.Network(shape), Mixer(utterances, shape, seed=0), plan, checkpoint
    )
    export_whisper.export(whisper_network.load(checkpoint), tmp_path / "whisper")

    model = whisperx.load_model(
        str(tmp_path / "whisper"), device="cpu", compute_type="int8", threads=1, language="es"
    )
    assert model.model.model.is_multilingual
    assert set(model.model.supported_languages) >= {"en", "es"}


def test_an_exported_whisper_is_read_back_but_for_its_rounding(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    import torch  # noqa: PLC0415  # takes seconds

    from models import export_whisper, import_whisper, train_whisper  # noqa: PLC0415  # as above
    from models.whisper_network import Network  # noqa: PLC0415  # as above

    torch.manual_seed(0)
    shape = train_whisper.shape_of(utterances, width=32)
    original = Network(shape).eval()
    export_whisper.export(original, tmp_path / "whisper")

    again = import_whisper.import_whisper(tmp_path / "whisper", shape).eval()

    mel, tokens = torch.randn(1, 80, 400), torch.arange(40).unsqueeze(0)
    with torch.no_grad():
        (_, expected), (_, scores) = original(mel, tokens), again(mel, tokens)
    assert torch.allclose(scores, expected, atol=0.05 * float(expected.abs().max()))
    assert not torch.equal(scores, expected)


def test_a_window_filled_up_with_silence_sounds_the_same_in_every_eighth_position(
    utterances: list[Utterance],
) -> None:
    import torch  # noqa: PLC0415  # takes seconds

    from models import mel as features  # noqa: PLC0415  # as above
    from models import train_whisper  # noqa: PLC0415  # as above
    from models.whisper_network import Network  # noqa: PLC0415  # as above

    torch.manual_seed(0)
    network = Network(train_whisper.shape_of(utterances, width=32)).eval()
    heard = features.log_mel(utterances[0].samples)[:400]
    whole = torch.full((3_000, 80), features.SILENCE)
    whole[: len(heard) // 2 * 2] = heard[: len(heard) // 2 * 2]
    window, silence = features.scaled(whole.unsqueeze(0))
    tokens = torch.arange(20).unsqueeze(0)

    with torch.no_grad():
        _, expected = network(window.transpose(1, 2), tokens)
        _, scores = network(window[:, :600].transpose(1, 2), tokens, silence)

    assert torch.allclose(scores, expected, atol=0.01 * float(expected.abs().max()))


def test_an_aligner_is_trained_saved_and_loaded(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    import whisperx  # noqa: PLC0415  # takes seconds

    from models import train_aligner  # noqa: PLC0415  # as above

    train_aligner.save(train_aligner.train(utterances, steps=2, width=32, layers=1), tmp_path)

    _, metadata = whisperx.load_align_model(
        "es", "cpu", model_name=str(tmp_path), model_cache_only=True
    )
    assert set(metadata["dictionary"]) >= {"|", "a", "ñ"}


def test_labels_put_a_word_between_its_first_letter_and_the_border_after_it() -> None:
    words = [Word("We", 0.1, 0.3), Word("go.", 0.4, 0.6)]

    labels = label(words, frames=40)

    assert labels[5] == IDS["w"]
    assert labels[15] == IDS["|"]
    assert labels[20] == IDS["g"]
    assert labels[30] == IDS["."]
    assert np.count_nonzero(labels != BLANK) == len("we|go.")
