"""Each token is answered once, whoever else holds its message, and a dead one holds nobody up."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest
from scribe.adapters import aws
from scribe.adapters.callbacks import TokenDead
from scribe.adapters.storage import Storage

from tests.worker.faulty_s3 import FaultyS3
from tests.worker.support import RecordingCallbacks, ScriptedEngine, chunk_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.shapes import ChunkOutcome
    from worker.engine.protocol import Progress

    from tests.worker.conftest import Platform


class WaitingState(RecordingCallbacks):
    """A state that goes on with the first answer, as Step Functions does."""

    def succeed(self, token: str, outcome: ChunkOutcome) -> None:
        if token in self.succeeded:
            raise TokenDead("TaskTimedOut")
        super().succeed(token, outcome)


@pytest.fixture
def storage(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """An S3 that takes two writes of one object at once, which moto's does not."""
    s3 = FaultyS3()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint)
    platform.storage = Storage(aws.s3())
    yield platform.storage
    s3.stop()


def test_two_workers_with_one_message_give_one_result_and_one_answer(
    platform: Platform, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    both = threading.Barrier(2, timeout=20)

    def meet(_: Progress) -> None:
        both.wait()

    platform.callbacks = WaitingState()
    task = chunk_task(4)
    for _ in range(2):
        platform.send(task, "token-4")
    workers = [threading.Thread(target=platform.worker(ScriptedEngine(meet)).run) for _ in range(2)]
    with caplog.at_level(logging.INFO):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert platform.callbacks.succeeded["token-4"]["word_count"] == 20
    assert storage.read_json(task["result"], "chunk-result")["index"] == 4
    assert (platform.waiting(), platform.in_flight()) == (0, 0)
    messages = [record.getMessage() for record in caplog.records if record.name == "worker.fleet"]
    assert messages == ["nobody waits for the chunk"]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_message_whose_token_is_dead_is_deleted_and_the_next_one_worked_on(
    platform: Platform,
) -> None:
    platform.callbacks.dead = frozenset({"token-0"})
    platform.callbacks.dead_at_the_answer = frozenset({"token-1"})
    for index in range(3):
        platform.send(chunk_task(index), f"token-{index}")
    platform.worker(settings=platform.settings(chunks=3)).run()
    assert platform.callbacks.succeeded.keys() == {"token-2"}
    assert platform.callbacks.failed == {}
    assert (platform.waiting(), platform.in_flight()) == (0, 0)
