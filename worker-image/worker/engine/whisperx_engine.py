"""WhisperX behind the engine protocol: find speech, hear the language, decode, judge, align."""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import torch
import whisperx
from scribe import language as languages
from scribe.clock import SAMPLE_RATE
from whisperx.audio import N_SAMPLES, log_mel_spectrogram

from worker import hot_words, missed_speech, segments, verdicts
from worker.engine.alignment import Aligners
from worker.engine.chunk_decoder import ChunkAudio, ChunkDecoder
from worker.engine.decoder import EvidenceDecoder, probabilities
from worker.engine.memory import is_gpu_error, is_out_of_memory
from worker.engine.protocol import Transcription
from worker.engine.speech import ONSET, Prepared, detector
from worker.second_tries import SecondTries
from worker.verdicts import Heard
from worker.windows import halve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scribe.shapes import Language, Model, Segment

    from worker.engine.protocol import Progress, Samples
    from worker.hot_words import HotWords
    from worker.models import ModelProfile
    from worker.settings import EngineSettings
    from worker.verdicts import Verdict
    from worker.windows import Window

logger: Final = logging.getLogger(__name__)

_DETECTION_WINDOWS: Final = 8
_DECODING_SHARE: Final = 0.9
"""The part of the progress at which decoding ends and alignment begins."""


class WhisperXEngine:
    """One loaded model with its voice activity detection; aligners are loaded when first needed.

    Args:
        settings: where the models lie and what they run on.
        profile: how this model wants to be run.
    """

    def __init__(self, settings: EngineSettings, profile: ModelProfile) -> None:
        torch.set_num_threads(settings.threads)
        # WhisperX writes to standard output, and at its own level also what was said.
        logging.getLogger("whisperx").setLevel(logging.ERROR)
        self._languages = settings.spoken
        self._profile = profile
        self._device = settings.device
        self._batch_size = settings.batch_size or profile.batch_size[settings.device]
        self._compute_type = settings.compute_type or profile.compute_type[settings.device]
        self._detector = detector(profile.vad, settings.device)
        self._prepared = Prepared()
        self._aligners = Aligners(settings.aligners, settings.device)
        self._decoder = EvidenceDecoder(
            settings.model_directory,
            device=settings.device,
            compute_type=self._compute_type,
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        with contextlib.redirect_stdout(sys.stderr):
            self._pipeline = whisperx.load_model(
                settings.model_directory,
                device=settings.device,
                model=self._decoder,
                vad_model=self._prepared,
                asr_options={"beam_size": profile.beam_size},
                threads=settings.threads,
            )
        self.damaged = False

    @property
    def model(self) -> Model:
        """The model's section in models.toml, its compute type, and WhisperX's version."""
        return {
            "name": self._profile.name,
            "compute_type": self._compute_type,
            "version": f"whisperx {version('whisperx')}",
        }

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,
        progress: Progress,
    ) -> Transcription:
        """Transcribe one chunk; see the protocol."""
        clock, expected = _Clock(), self._hot_words(vocabulary)
        try:
            with clock.step("vad"):
                windows = self._windows(samples)
                unclaimed, samples = self._unclaimed(samples, windows)
            with clock.step("detect_language"):
                heard = None if language else self._hear(samples, windows)
            spoken = heard.language if heard else language or self._languages[0]
            with clock.step("transcribe"):
                audio = ChunkAudio(samples, spoken, self._languages, expected.prompt)
                decoder = self._chunk_decoder(audio, batch_scale, progress)
                tries = self._second_tries(decoder, samples, expected)
                found = tries.hear(windows, unclaimed)
            with clock.step("align"):
                aligned = self._align(samples, found, progress)
        except RuntimeError as error:
            self.damaged = self.damaged or is_gpu_error(error)
            raise
        return Transcription(
            language=spoken,
            language_probability=heard.probability if heard else None,
            segments=aligned,
            speech_seconds=verdicts.speech_seconds(found),
            gaps=verdicts.gaps(found),
            vocabulary=expected.use,
            step_seconds=clock.seconds,
        )

    def detect(self, samples: Samples) -> Sequence[Mapping[str, float]]:
        """Hear the language in up to eight windows spread over the audio; see the protocol."""
        return self._detect(samples, self._windows(samples))

    def _hear(self, samples: Samples, windows: Sequence[Window]) -> languages.Heard:
        return languages.choose(self._detect(samples, windows), self._languages)

    def _windows(self, samples: Samples, onset: float = ONSET) -> list[Window]:
        longest = self._profile.chunk_size_seconds
        try:
            return self._detector.windows(samples, longest, onset)
        except RuntimeError as error:
            if self._device == "cpu" or not is_out_of_memory(error):
                raise
            logger.warning("out of memory in voice activity detection; this chunk uses the CPU")
        return detector(self._profile.vad, "cpu").windows(samples, longest, onset)

    def _unclaimed(
        self, samples: Samples, windows: Sequence[Window]
    ) -> tuple[list[Window], Samples]:
        """What a second, more sensitive look finds where there is sound between the windows.

        Returns:
            The windows, and the samples in which they are loud enough to be understood.
        """
        settings = self._profile.missed_speech
        heard = [(window.start, window.end) for window in windows]
        stretches = missed_speech.stretches(samples, heard, settings)
        if not stretches:
            return [], samples
        samples = missed_speech.amplified(samples, stretches)
        found: list[Window] = []
        for start, end in stretches:
            part = samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
            found.extend(window.moved(start) for window in self._windows(part, settings.onset))
        return found[: settings.most_windows], samples

    def _hot_words(self, vocabulary: str) -> HotWords:
        return hot_words.choose(
            vocabulary, self._decoder.count_tokens, self._decoder.hot_words_room
        )

    def _detect(self, samples: Samples, windows: Sequence[Window]) -> list[dict[str, float]]:
        if not windows:
            return []
        step = math.ceil(len(windows) / _DETECTION_WINDOWS)
        features = torch.stack([self._features(samples, window) for window in windows[::step]])
        answers = self._decoder.model.detect_language(self._decoder.encode(features))
        return [probabilities(answer) for answer in answers]

    def _features(self, samples: Samples, window: Window) -> torch.Tensor:
        heard = samples[int(window.start * SAMPLE_RATE) : int(window.end * SAMPLE_RATE)]
        return log_mel_spectrogram(  # type: ignore[no-any-return]  # WhisperX has no types
            heard[:N_SAMPLES],
            n_mels=self._decoder.feat_kwargs.get("feature_size", 80),
            padding=max(0, N_SAMPLES - len(heard)),
        )

    def _chunk_decoder(
        self, audio: ChunkAudio, batch_scale: float, progress: Progress
    ) -> ChunkDecoder:
        batch_size = max(1, int(self._batch_size * batch_scale))
        return ChunkDecoder(
            self._pipeline, audio, batch_size, lambda done: progress(_DECODING_SHARE * done)
        )

    def _second_tries(
        self, decoder: ChunkDecoder, samples: Samples, expected: HotWords
    ) -> SecondTries:
        return SecondTries(
            decoder, self._profile.gates, expected.terms, lambda window: halve(window, samples)
        )

    def _align(
        self, samples: Samples, found: Sequence[Verdict], progress: Progress
    ) -> list[Segment]:
        kept = [verdict for verdict in found if isinstance(verdict, Heard)]
        aligned: list[Segment] = []
        for index, heard in enumerate(kept, start=1):
            sentences = self._aligners.align(
                samples, heard.window, heard.evidence.text.split(), heard.evidence.language
            )
            aligned.extend(
                segments.of_window(heard, sentences, self._profile.gates.doubtful_confidence)
            )
            progress(_DECODING_SHARE + (1 - _DECODING_SHARE) * index / len(kept))
        return aligned


class _Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started
