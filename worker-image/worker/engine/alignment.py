"""Words on the clock: `whisperx.align` for each window, and an estimate where it finds nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import whisperx

from worker import words as placing
from worker.engine.memory import is_gpu_error, is_out_of_memory
from worker.words import TimedWord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scribe.shapes import Language, Word

    from worker.engine.protocol import Samples
    from worker.engine.speech import Window

logger: Final = logging.getLogger(__name__)


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
            The words, none lost, in sentences as WhisperX splits them.
        """
        if not words:
            return []
        sentences = self._sentences(samples, window, words, language)
        timed = [word for sentence in sentences for word in sentence]
        placed = placing.place(words, timed, window.speech)
        if len(timed) != len(words):
            return [placed]
        split: list[list[Word]] = []
        for sentence in filter(None, sentences):
            split.append(placed[: len(sentence)])
            placed = placed[len(sentence) :]
        return split

    def _sentences(
        self, samples: Samples, window: Window, words: Sequence[str], language: Language
    ) -> list[list[TimedWord]]:
        """The aligner's words by sentence; empty when it fails: the text must not be lost."""
        segment = {"start": window.start, "end": window.end, "text": " ".join(words)}
        try:
            return self._run(samples, segment, language, self._device)
        except (RuntimeError, ValueError, IndexError, KeyError) as error:
            if is_out_of_memory(error) and self._device != "cpu":
                logger.warning("out of memory in alignment; this window uses the CPU")
                return self._run(samples, segment, language, "cpu")
            if is_gpu_error(error):
                raise
            logger.warning("alignment failed; times are estimated: %s", type(error).__name__)
            return []

    def _run(
        self, samples: Samples, segment: dict[str, Any], language: Language, device: str
    ) -> list[list[TimedWord]]:
        model, metadata = self._model(language, device)
        result = whisperx.align([segment], model, metadata, samples, device)
        return [
            [
                # Without a score the time is an interpolation, which `placing` does better.
                TimedWord(word["word"], float(word["start"]), float(word["end"]))
                if "score" in word
                else TimedWord(word["word"], None, None)
                for word in sentence["words"]
            ]
            for sentence in result["segments"]
        ]

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
