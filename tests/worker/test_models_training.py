"""The training scripts lead from speech to folders that WhisperX loads.

The speech is that of the sample recordings, so that no synthesiser is needed here.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.aligner_labels import BLANK, IDS, label
from models.sentences import Line
from models.speech import SAMPLE_RATE, Utterance, Word
from samples import sample

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.whisperx


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    """The sentences of two recordings, each as an utterance of its own."""
    return [*_sentences("english"), *_sentences("spanish")]


def _sentences(name: str) -> list[Utterance]:
    known = sample(name)
    assert known.language is not None
    decode = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(known.path),
        "-ar",
        "16000",
        "-ac",
        "1",
        "-f",
        "s16le",
    ]
    pcm = subprocess.run([*decode, "-"], capture_output=True, check=True).stdout
    samples = (np.frombuffer(pcm, "<i2") / 32_768).astype(np.float32)
    made, words = [], []
    for word in known.words:
        words.append(word)
        if word.word.endswith("."):
            begin, end = words[0].start, words[-1].end + 0.1
            own = tuple(Word(w.word, w.start - begin, w.end - begin) for w in words)
            line = Line(known.language, " ".join(w.word for w in words), "en-us", 150, 50)
            heard = samples[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
            made.append(Utterance(line, heard, own))
            words = []
    return made


def test_a_whisper_is_trained_exported_and_loaded(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    import whisperx  # noqa: PLC0415  # takes seconds

    from models import export_whisper, train_whisper, whisper_network  # noqa: PLC0415

    checkpoint = tmp_path / "whisper.pt"
    whisper_network.save(train_whisper.train(utterances, steps=2, width=32), checkpoint)
    export_whisper.export(whisper_network.load(checkpoint), tmp_path / "whisper")

    model = whisperx.load_model(
        str(tmp_path / "whisper"), device="cpu", compute_type="int8", threads=1, language="es"
    )
    assert model.model.model.is_multilingual
    assert set(model.model.supported_languages) >= {"en", "es"}


def test_an_aligner_is_trained_saved_and_loaded(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    import whisperx  # noqa: PLC0415  # takes seconds

    from models import train_aligner  # noqa: PLC0415

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
