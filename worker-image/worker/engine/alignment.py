"""Words on the clock: `whisperx.align` for each window, and an estimate where it finds nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import whisperx
from nltk.tokenize.punkt import PunktTokenizer
from whisperx.utils import PUNKT_LANGUAGES

from worker import spelling
from worker import words as placing
from worker.engine.memory import is_gpu_error, is_out_of_memory
from worker.words import TimedWord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scribe.shapes import Language, Word

    from worker.engine.protocol import Samples
    from worker.windows import Window

logger: Final = logging.getLogger(__name__)

_END: Final = "|"
"""The aligners' label for the space between words. Given after the last word, it ends that one
where it ends the others, and not at its last letter's peak."""


class Aligners:
    """One Wav2Vec2 model for each language, loaded when it is first needed.

    Args:
        folders: where each language's model lies.
        device: `cpu` or `cuda`.
    """

    def __init__(self, folders: Mapping[str, Path], device: str) -> None:
        self._folders = folders
        self._device = device
        self._loaded: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {}
        self._splitters: dict[str, PunktTokenizer] = {}

    def align(
        self, samples: Samples, window: Window, words: Sequence[str], language: Language
    ) -> list[list[Word]]:
        """Time the words of one window.

        Args:
            samples: the whole chunk.
            window: where in it the words are said.
            words: the window's text, split at white space.
            language: of the window.

        Returns:
            The words, none lost and none changed, in sentences as WhisperX splits them.
        """
        if not words:
            return []
        timed = self._timed(samples, window, words, language)
        return self._sentences(placing.place(words, timed, window.speech), language)

    def _timed(
        self, samples: Samples, window: Window, words: Sequence[str], language: Language
    ) -> list[TimedWord]:
        """What the aligner says of each word; empty when it fails: the text must not be lost."""
        for device in dict.fromkeys((self._device, "cpu")):
            try:
                return self._run(samples, window, words, language, device)
            except (RuntimeError, ValueError, IndexError, KeyError) as error:
                if is_out_of_memory(error) and device != "cpu":
                    logger.warning("out of memory in alignment; this window uses the CPU")
                    continue
                if is_gpu_error(error):
                    raise
                logger.warning("alignment failed; times are estimated: %s", type(error).__name__)
                break
        return []

    def _run(
        self,
        samples: Samples,
        window: Window,
        words: Sequence[str],
        language: Language,
        device: str,
    ) -> list[TimedWord]:
        model, metadata = self._model(language, device)
        heard = [spelling.for_aligner(word, metadata["dictionary"]) for word in words]
        given = [*filter(None, heard), _END]
        segment = {"start": window.start, "end": window.end, "text": " ".join(given)}
        result = whisperx.align([segment], model, metadata, samples, device)
        found = [word for part in result["segments"] for word in part["words"]]
        if [word["word"] for word in found] != given:
            return []
        answers = iter(found)
        return [_timed_word(form, next(answers)) if form else TimedWord() for form in heard]

    def _sentences(self, words: list[Word], language: Language) -> list[list[Word]]:
        if language not in self._splitters:
            self._splitters[language] = PunktTokenizer(PUNKT_LANGUAGES[language])
        text = " ".join(word["word"] for word in words)
        begins = {start for start, _ in self._splitters[language].span_tokenize(text)}
        sentences: list[list[Word]] = []
        offset = 0
        for word in words:
            if offset in begins or not sentences:
                sentences.append([])
            sentences[-1].append(word)
            offset += len(word["word"]) + 1
        return sentences

    def _model(self, language: Language, device: str) -> tuple[Any, dict[str, Any]]:
        key = (language, device)
        if key not in self._loaded:
            self._loaded[key] = whisperx.load_align_model(
                language,
                device,
                model_name=str(self._folders[language]),
                model_cache_only=True,
            )
        return self._loaded[key]


def _timed_word(form: str, answer: Mapping[str, Any]) -> TimedWord:
    # Without a score the time is an interpolation, and without a letter that the aligner knows
    # it is any loud sound: `placing` does both better.
    if "score" not in answer or not form.strip(spelling.UNKNOWN_SOUND):
        return TimedWord()
    return TimedWord(float(answer["start"]), float(answer["end"]), float(answer["score"]))
