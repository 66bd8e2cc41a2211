"""A worker shows that it moves, and a hanging one does not."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from worker import single
from worker.chunk import Work
from worker.engine.fake import FakeEngine
from worker.fleet import Fleet
from worker.pulse import Pulse

from tests.worker.support import chunk_task

if TYPE_CHECKING:
    from pathlib import Path

    from scribe.shapes import Language
    from worker.engine.protocol import Progress, Samples, Transcription

    from tests.worker.conftest import Platform


class SteppingEngine(FakeEngine):
    """Reports so many steps of its chunk, and remembers the beats at the begin and the end."""

    def __init__(self, beats: list[None], steps: int) -> None:
        super().__init__()
        self._beats = beats
        self._steps = steps
        self.counted: tuple[int, int] = (0, 0)

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,
        progress: Progress,
    ) -> Transcription:
        before = len(self._beats)
        for step in range(self._steps):
            progress(step / self._steps)
        self.counted = (before, len(self._beats))
        return super().transcribe(
            samples,
            language,
            vocabulary=vocabulary,
            batch_scale=batch_scale,
            progress=lambda _: None,
        )


@pytest.mark.parametrize("steps", [0, 3])
def test_each_step_of_a_chunk_is_a_beat_and_none_comes_without_one(
    platform: Platform, steps: int
) -> None:
    beats: list[None] = []
    engine = SteppingEngine(beats, steps)
    platform.send(chunk_task())
    work = Work(engine, ("en", "es"), platform.storage)
    Fleet(platform.desk(), work, platform.settings(), lambda: beats.append(None)).run()
    begin, end = engine.counted
    assert begin == 1, "the turn of the loop that took the chunk"
    assert end - begin == steps


def test_a_task_of_its_own_beats_before_its_model_is_loaded_and_at_each_step(
    platform: Platform,
) -> None:
    beats: list[None] = []
    engine = SteppingEngine(beats, steps=2)
    work = Work(engine, ("en", "es"), platform.storage)
    task = chunk_task()
    platform.put_audio(task)
    single.run(json.dumps(task), platform.storage, lambda: work, beat=lambda: beats.append(None))
    assert engine.counted == (1, 3)


def test_a_beat_that_cannot_be_shown_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        Pulse(tmp_path / "no such folder").beat()
    assert [record.message for record in caplog.records] == ["no pulse"]
