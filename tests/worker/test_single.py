"""A task of its own: its outcome is a document, and only what may succeed later fails it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from scribe.errors import OutOfMemory, ShapeInvalid
from worker import single
from worker.chunk import Work
from worker.engine.fake import FakeEngine

from tests.worker.support import chunk_task

if TYPE_CHECKING:
    from scribe.shapes import ChunkOutcome, ChunkTask

    from tests.worker.conftest import Platform


def run(platform: Platform, task: ChunkTask, *, failures: tuple[str, ...] = ()) -> ChunkOutcome:
    engine = FakeEngine(failures=failures)
    single.run(
        json.dumps(task), platform.storage, lambda: Work(engine, ("en", "es"), platform.storage)
    )
    outcome: ChunkOutcome = platform.storage.read_json(task["outcome"], "chunk-outcome")
    return outcome


def test_success_is_a_result_and_an_outcome(platform: Platform) -> None:
    task = chunk_task()
    platform.put_audio(task)
    outcome = run(platform, task)
    assert (outcome["status"], outcome["word_count"]) == ("succeeded", 20)
    assert platform.storage.read_json(task["result"], "chunk-result")


def test_a_permanent_error_is_an_outcome(platform: Platform) -> None:
    task = chunk_task()
    platform.put_audio(task)
    outcome = run(platform, task, failures=("LanguageUnsupported",))
    assert outcome["status"] == "failed"
    assert outcome["error"] == {"name": "LanguageUnsupported", "message": "raised by instruction"}


def test_a_transient_error_ends_the_task(platform: Platform) -> None:
    task = chunk_task()
    platform.put_audio(task)
    with pytest.raises(OutOfMemory):
        run(platform, task, failures=("OutOfMemory",))


def test_a_stored_result_is_answered_without_loading_a_model(platform: Platform) -> None:
    task = chunk_task()
    platform.put_audio(task)
    first = run(platform, task)

    def load() -> Work:
        raise AssertionError("the model was loaded")

    single.run(json.dumps(task), platform.storage, load)
    assert platform.storage.read_json(task["outcome"], "chunk-outcome") == first


def test_a_detection_stores_the_language(platform: Platform) -> None:
    task = chunk_task(kind="detect", language=None)
    platform.put_audio(task)
    outcome = run(platform, task)
    assert (outcome["language"], outcome["language_probability"]) == ("en", 1.0)


@pytest.mark.parametrize("text", ["{}", "", "not JSON"])
def test_a_text_that_is_no_task_cannot_start(platform: Platform, text: str) -> None:
    with pytest.raises(ShapeInvalid):
        single.run(text, platform.storage, lambda: Work(FakeEngine(), ("en",), platform.storage))
