"""Measures models through WhisperX: on held-out sentences, on recordings, on sounds without words.

    python -m models.evaluate [--whisper FOLDER] [--aligner FOLDER] [--groups N] [SAMPLE ...]

Needs espeak-ng for the held-out sentences, and ffmpeg; `--groups 0` leaves the sentences out.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from models import sentences, speech
from models.measures import HeardWord, TrueWord, time_errors, word_error_rate
from models.sounds import KINDS, sound
from models.unpack import unpack_fixture
from samples import sample
from samples.make import encode
from samples.recording import Recorder
from samples.variants import VARIANTS, Variant, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

CHUNK_SIZE: Final = 7
"""Seconds of speech in a window: in longer ones the embedded model loses words."""
BATCH_SIZE: Final = 8
HOT_WORDS: Final = "Kowalski, invoice, river, ventana"
_SENTENCES_IN_A_GROUP: Final = 12
_SOUND_SECONDS: Final = (1.0, 3.0, 7.0)


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

    def __call__(self, samples: Samples, hot_words: str | None = None) -> Heard:
        """Transcribe and align 16 kHz mono samples in the language that is detected."""
        self._model.options = replace(self._model.options, hotwords=hot_words)
        result = self._model.transcribe(samples, batch_size=BATCH_SIZE, chunk_size=CHUNK_SIZE)
        segments = [segment["text"].strip() for segment in result["segments"]]
        model, metadata = self._aligners[result["language"]]
        aligned = self._whisperx.align(result["segments"], model, metadata, samples, "cpu")
        words = (
            HeardWord(word["word"], word.get("start"), word.get("end"))
            for word in aligned["word_segments"]
        )
        return Heard(result["language"], " ".join(segments), tuple(words))

    def wordless(self, samples: Samples) -> tuple[float, str]:
        """Give the probability that a window holds no speech, and what is written all the same."""
        whisper: Any = self._model.model
        mel = self._whisperx.audio.log_mel_spectrogram(
            samples, n_mels=80, padding=self._whisperx.audio.N_SAMPLES - len(samples)
        )
        (answer,) = whisper.model.generate(
            whisper.encode(mel.unsqueeze(0)),
            [["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"]],
            beam_size=1,
            return_no_speech_prob=True,
        )
        return answer.no_speech_prob, whisper.hf_tokenizer.decode(answer.sequences_ids[0])


def on_samples(recogniser: Recogniser, names: Iterable[str]) -> None:
    """Print a line for each stretch of the named recordings, in each variant."""
    for name in names:
        known = sample(name)
        for variant in VARIANTS:
            audio = decoded(known.path, variant)
            for stretch in known.stretches:
                begin, end = (round(at * speech.SAMPLE_RATE) for at in (stretch.start, stretch.end))
                said = [
                    (
                        word.word,
                        replace(
                            word, start=word.start - stretch.start, end=word.end - stretch.start
                        ),
                    )
                    for word in known.words
                    if stretch.start <= word.start < stretch.end
                ]
                heard = recogniser(audio[begin:end])
                print(f"{name} {variant} ({stretch.language}): {judge(said, heard)}")


def on_held_out(recogniser: Recogniser, groups: int) -> None:
    """Print lines for so many groups of twelve held-out sentences of each language."""
    for language in sentences.LANGUAGES:
        lines = [line for line in sentences.held_out() if line.language == language]
        for group in range(groups):
            recorder = Recorder()
            first = group * _SENTENCES_IN_A_GROUP
            for utterance in speech.synthesize(lines[first : first + _SENTENCES_IN_A_GROUP]):
                recorder.wait(0.5)
                recorder.say(utterance)
            said = [(word.text, word) for word in recorder.words]
            clean = recorder.finish(seed=group)
            for variant in VARIANTS:
                heard = recogniser(_varied(clean, variant))
                print(f"held out {group + 1} {variant} ({language}): {judge(said, heard)}")
            heard = recogniser(clean, HOT_WORDS)
            print(f"held out {group + 1} hot words ({language}): {judge(said, heard)}")


def on_speech_windows(recogniser: Recogniser) -> None:
    """Print how sure the model is that held-out sentences are speech."""
    spoken = speech.synthesize(sentences.held_out()[:_SENTENCES_IN_A_GROUP])
    for variant in VARIANTS:
        found = [recogniser.wordless(_varied(u.samples, variant))[0] for u in spoken]
        print(f"speech {variant}: no speech {median(found):.2f}, at most {max(found):.2f}")


def on_sounds(recogniser: Recogniser, seeds: Iterable[int]) -> None:
    """Print for each kind of sound how sure the model is that there is no speech."""
    for kind in KINDS:
        answers = [
            recogniser.wordless(sound(kind, seconds, seed))
            for seed in seeds
            for seconds in _SOUND_SECONDS
        ]
        found = [probability for probability, _ in answers]
        written = sum(bool(text) for _, text in answers)
        print(
            f"{kind}: no speech {median(found):.2f}, at least {min(found):.2f}, "
            f"words in {written} of {len(answers)} windows"
        )


def judge(said: Sequence[tuple[str, TrueWord]], heard: Heard) -> str:
    """Say how well something was heard."""
    wrong = word_error_rate(" ".join(text for text, _ in said), heard.text)
    return (
        f"language {heard.language}, {len(said)} words, word error rate {wrong:.1%}; "
        f"{time_errors(said, heard.words)}"
    )


def _varied(samples: Samples, variant: Variant) -> Samples:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "speech.wav"
        encode(samples, path, ())
        return decoded(path, variant)


def _main() -> None:
    fixture = unpack_fixture()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whisper", type=Path, default=fixture.whisper)
    parser.add_argument("--aligner", type=Path, default=fixture.aligner)
    parser.add_argument("--groups", type=int, default=6, help="at most 6")
    parser.add_argument("samples", nargs="*", help="names, such as english")
    options = parser.parse_args()
    recogniser = Recogniser(options.whisper, options.aligner)
    if options.groups:
        on_held_out(recogniser, options.groups)
        on_speech_windows(recogniser)
    on_sounds(recogniser, range(100, 103))
    on_samples(recogniser, options.samples)


if __name__ == "__main__":
    _main()
