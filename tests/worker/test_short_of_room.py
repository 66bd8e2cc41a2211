"""Memory or disk runs out under a chunk: it fails by name, and what comes after it works."""

from __future__ import annotations

import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scribe.errors import OutOfMemory
from worker.engine.chunk_decoder import ChunkAudio, ChunkDecoder
from worker.evidence import Evidence
from worker.second_tries import Way
from worker.windows import Window

from tests.worker.real_engine import recording, transcribe
from tests.worker.support import ScriptedEngine, chunk_task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from worker.engine.protocol import Progress
    from worker.engine.whisperx_engine import WhisperXEngine

    from tests.worker.conftest import Platform

CUDA_SAYS = "CUDA failed with error out of memory"
WINDOWS = [Window(((start, start + 4.0),)) for start in (0.0, 5.0, 10.0)]


def once(break_down: Callable[[], None]) -> ScriptedEngine:
    """An engine whose first chunk meets something that its second does not."""
    begun: list[Progress] = []

    def script(progress: Progress) -> None:
        begun.append(progress)
        if len(begun) == 1:
            break_down()

    return ScriptedEngine(script)


def ask_for_too_much_memory() -> None:
    np.zeros(1 << 56, dtype=np.int8)


def run_out_of_gpu_memory() -> None:
    raise RuntimeError(CUDA_SAYS)


def fill_the_disk() -> None:
    Path("/dev/full").write_bytes(b"a file that a library leaves behind")


@pytest.mark.parametrize("break_down", [ask_for_too_much_memory, run_out_of_gpu_memory])
def test_a_chunk_without_memory_fails_by_name_and_the_next_one_is_done(
    platform: Platform, break_down: Callable[[], None]
) -> None:
    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    platform.worker(once(break_down), platform.settings(chunks=2)).run()
    assert platform.callbacks.failed == {"token-0": "OutOfMemory"}
    assert platform.callbacks.succeeded.keys() == {"token-1"}


def test_a_full_disk_fails_the_chunk_by_name_and_ends_the_worker(platform: Platform) -> None:
    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    assert platform.worker(once(fill_the_disk), platform.settings(chunks=100)).run()
    assert platform.callbacks.failed == {"token-0": "TranscriptionFailed"}
    assert platform.waiting() == 1, "the next chunk is for a worker with a disk of its own"
    platform.worker().run()
    assert platform.callbacks.succeeded.keys() == {"token-1"}


@dataclass
class Options:
    temperatures: list[float] = field(default_factory=lambda: [0.0])
    hotwords: str | None = None


class HungryPipeline:
    """WhisperX's pipeline, its decoder and its windows in one, with room for some windows."""

    def __init__(self, room: int) -> None:
        self.model = self.vad_model = self
        self.options = Options()
        self.windows: Sequence[Window] = ()
        self.evidence: list[Evidence] = []
        self.batches: list[int] = []
        self._room = room

    def begin(self, *_: object) -> None:
        self.evidence = []

    def transcribe(
        self,
        _: object,
        *,
        batch_size: int,
        progress_callback: Callable[[float], None],
        **__: object,
    ) -> None:
        self.batches.append(batch_size)
        for index, window in enumerate(self.windows):
            if batch_size > self._room and index == len(self.windows) - 1:
                raise RuntimeError(CUDA_SAYS)
            self.evidence.append(evidence(window))
            progress_callback(100 * (index + 1) / len(self.windows))


def evidence(window: Window) -> Evidence:
    return Evidence(f"at {window.start}", 3, 224, -0.1, 0.0, "en")


def decode(pipeline: HungryPipeline, told: list[float]) -> list[Evidence]:
    audio = ChunkAudio(np.zeros(0, dtype=np.float32), "en", ("en", "es"), None)
    return ChunkDecoder(pipeline, audio, 16, told.append).decode(WINDOWS, Way())


def test_the_batch_is_halved_until_its_windows_fit_and_each_is_kept_once() -> None:
    pipeline, told = HungryPipeline(room=4), list[float]()
    assert decode(pipeline, told) == [evidence(window) for window in WINDOWS]
    assert pipeline.batches == [16, 8, 4]
    assert told == sorted(told), "progress never goes back"


def test_windows_of_which_not_one_fits_are_out_of_memory() -> None:
    pipeline = HungryPipeline(room=0)
    with pytest.raises(OutOfMemory):
        decode(pipeline, [])
    assert pipeline.batches == [16, 8, 4, 2, 1]


@pytest.mark.whisperx
def test_whisperx_needs_no_disk_for_a_chunk(engine: WhisperXEngine) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        assert transcribe(engine, recording("en").samples).segments
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
