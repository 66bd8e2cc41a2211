"""Measures models through WhisperX, on held-out sentences and on the sample recordings.

    python -m models.evaluate [--whisper FOLDER] [--aligner FOLDER] [--groups N] [SAMPLE ...]

Needs espeak-ng for the held-out sentences; `--groups 0` leaves them out.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from models import sentences, speech
from models.measures import HeardWord, TrueWord, time_errors, word_error_rate
from models.unpack import unpack_fixture
from samples import sample
from samples.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

CHUNK_SIZE: Final = 7
"""Seconds of speech in a window: in the usual 30 the embedded model loses words."""
BATCH_SIZE: Final = 8
_SENTENCES_IN_A_GROUP: Final = 12


@dataclass(frozen=True)
class Heard:
    """What WhisperX made of some audio."""

    language: str
    text: str
    words: tuple[HeardWord, ...]


class Recogniser:
    """A Whisper model and an aligner, through WhisperX, without a network."""

    def __init__(self, whisper: Path, aligner: Path, threads: int = 2) -> None:
        os.environ |= {
            "HF_HUB_OFFLINE": "1",
            "NLTK_DATA": str(unpack_fixture().nltk_data),
            "OMP_WAIT_POLICY": "passive",
            "PYANNOTE_METRICS_ENABLED": "0",
        }
        import torch  # noqa: PLC0415  # reads the environment when it is imported
        import whisperx  # noqa: PLC0415  # the same

        torch.set_num_threads(threads)
        self._whisperx = whisperx
        self._model = whisperx.load_model(
            str(whisper), device="cpu", compute_type="int8", threads=threads
        )
        self._aligners = {
            language: whisperx.load_align_model(
                language, "cpu", model_name=str(aligner), model_cache_only=True
            )
            for language in sentences.LANGUAGES
        }

    def __call__(self, samples: NDArray[np.float32]) -> Heard:
        """Transcribe and align 16 kHz mono samples in the language that is detected."""
        result = self._model.transcribe(samples, batch_size=BATCH_SIZE, chunk_size=CHUNK_SIZE)
        segments = [segment["text"].strip() for segment in result["segments"]]
        model, metadata = self._aligners[result["language"]]
        aligned = self._whisperx.align(result["segments"], model, metadata, samples, "cpu")
        words = (
            HeardWord(word["word"], word.get("start"), word.get("end"))
            for word in aligned["word_segments"]
        )
        return Heard(result["language"], " ".join(segments), tuple(words))

    def decode(self, path: Path) -> NDArray[np.float32]:
        """Read a recording with ffmpeg, as WhisperX does."""
        return cast("NDArray[np.float32]", self._whisperx.load_audio(str(path)))


def on_samples(recogniser: Recogniser, names: Iterable[str]) -> None:
    """Print a line for each stretch of the named recordings."""
    for name in names:
        known = sample(name)
        audio = recogniser.decode(known.path)
        for stretch in known.stretches:
            begin, end = (round(at * speech.SAMPLE_RATE) for at in (stretch.start, stretch.end))
            said = [
                (
                    word.word,
                    replace(word, start=word.start - stretch.start, end=word.end - stretch.start),
                )
                for word in known.words
                if stretch.start <= word.start < stretch.end
            ]
            print(f"{name} ({stretch.language}): {judge(said, recogniser(audio[begin:end]))}")


def on_held_out(recogniser: Recogniser, groups: int) -> None:
    """Print a line for each of so many groups of twelve held-out sentences of each language."""
    for language in sentences.LANGUAGES:
        lines = [line for line in sentences.held_out() if line.language == language]
        for group in range(groups):
            recorder = Recorder()
            first = group * _SENTENCES_IN_A_GROUP
            for utterance in speech.synthesize(lines[first : first + _SENTENCES_IN_A_GROUP]):
                recorder.wait(0.5)
                recorder.say(utterance)
            said = [(word.text, word) for word in recorder.words]
            heard = recogniser(recorder.finish(seed=group))
            print(f"held out {group + 1} ({language}): {judge(said, heard)}")


def judge(said: Sequence[tuple[str, TrueWord]], heard: Heard) -> str:
    """Say how well something was heard."""
    wrong = word_error_rate(" ".join(text for text, _ in said), heard.text)
    return (
        f"language {heard.language}, {len(said)} words, word error rate {wrong:.1%}; "
        f"{time_errors(said, heard.words)}"
    )


def _main() -> None:
    fixture = unpack_fixture()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whisper", type=Path, default=fixture.whisper)
    parser.add_argument("--aligner", type=Path, default=fixture.aligner)
    parser.add_argument("--groups", type=int, default=6, help="at most 6")
    parser.add_argument("samples", nargs="*", help="names, such as english")
    options = parser.parse_args()
    recogniser = Recogniser(options.whisper, options.aligner)
    on_held_out(recogniser, options.groups)
    on_samples(recogniser, options.samples)


if __name__ == "__main__":
    _main()
