"""Runs WhisperX's pipeline over windows of one chunk, as often as second tries ask for it."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any, Final

from worker.engine.memory import with_smaller_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scribe.shapes import Language

    from worker.engine.protocol import Progress, Samples
    from worker.evidence import Evidence
    from worker.second_tries import Way
    from worker.windows import Window

_FIRST_PASS_SHARE: Final = 0.95
"""The part of the progress that the first pass takes; every later one takes half of the rest."""


@dataclasses.dataclass(frozen=True)
class ChunkAudio:
    """What is decoded.

    Attributes:
        samples: of the whole chunk.
        spoken: the language of the file.
        configured: the languages that a window may have.
        hot_words: the vocabulary as the decoder is told it; None for none.
    """

    samples: Samples
    spoken: Language
    configured: Sequence[Language]
    hot_words: str | None


class ChunkDecoder:
    """Decodes windows of one chunk.

    Args:
        pipeline: WhisperX's, with an `EvidenceDecoder` and `Prepared` windows.
        audio: of the chunk.
        batch_size: windows at once, halved when memory runs out.
        progress: told the done part of the decoding; it never goes back.
    """

    def __init__(
        self,
        pipeline: Any,  # noqa: ANN401  # WhisperX has no types
        audio: ChunkAudio,
        batch_size: int,
        progress: Progress,
    ) -> None:
        self._pipeline = pipeline
        self._audio = audio
        self._batch_size = batch_size
        self._progress = progress
        self._told = 0.0
        self._next = _FIRST_PASS_SHARE

    def decode(self, windows: Sequence[Window], way: Way) -> list[Evidence]:
        """The evidence for each window; see `second_tries.Decoder`.

        Raises:
            OutOfMemory: one window at a time does not fit.
        """
        if not windows:
            return []
        self._pipeline.vad_model.windows = windows
        with self._told_how(way):
            evidence = with_smaller_batches(
                lambda batch_size: self._run(windows, batch_size), self._batch_size
            )
        self._next += (1 - self._next) / 2
        return evidence

    def _run(self, windows: Sequence[Window], batch_size: int) -> list[Evidence]:
        decoder, before = self._pipeline.model, self._told
        decoder.begin(self._audio.spoken, self._audio.configured, windows)
        self._pipeline.transcribe(
            self._audio.samples,
            batch_size=batch_size,
            language=self._audio.spoken,
            progress_callback=lambda percent: self._tell(
                before + (self._next - before) * percent / 100
            ),
        )
        evidence: list[Evidence] = decoder.evidence
        return evidence

    def _tell(self, done: float) -> None:
        self._told = max(self._told, done)
        self._progress(self._told)

    @contextlib.contextmanager
    def _told_how(self, way: Way) -> Iterator[None]:
        """The pipeline with other options, which are its state: put back whatever happens."""
        options = self._pipeline.options
        self._pipeline.options = dataclasses.replace(
            options,
            temperatures=[way.temperature],
            hotwords=self._audio.hot_words if way.uses_hot_words else None,
        )
        try:
            yield
        finally:
            self._pipeline.options = options
