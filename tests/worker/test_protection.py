"""ECS does not scale in a worker that is busy, and knows when it is not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from worker.engine.fake import FakeEngine
from worker.protection import protected

from tests.worker.agent import RecordingAgent
from tests.worker.support import ScriptedEngine, chunk_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.engine.protocol import Progress

    from tests.worker.conftest import Platform


@pytest.fixture
def agent() -> Iterator[RecordingAgent]:
    with RecordingAgent().serve() as agent:
        yield agent


def test_a_task_is_protected_while_busy_and_not_after(agent: RecordingAgent) -> None:
    with protected(agent.uri):
        assert agent.told == [True]
    assert agent.told == [True, False]


def test_protection_ends_by_itself_should_the_worker_die(agent: RecordingAgent) -> None:
    with protected(agent.uri):
        assert agent.minutes == [60]


def test_a_worker_is_protected_during_each_chunk_and_not_between_them(
    platform: Platform, agent: RecordingAgent
) -> None:
    seen: list[list[bool]] = []

    def look(_: Progress) -> None:
        seen.append(list(agent.told))

    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    settings = dataclasses.replace(platform.settings(chunks=2), ecs_agent_uri=agent.uri)
    platform.worker(ScriptedEngine(look), settings).run()
    assert seen == [[True], [True, False, True]]
    assert agent.told == [True, False, True, False]


@pytest.mark.parametrize("failure", ["OutOfMemory", "LanguageUnsupported"])
def test_protection_ends_with_a_chunk_that_failed(
    platform: Platform, agent: RecordingAgent, failure: str
) -> None:
    platform.send(chunk_task())
    settings = dataclasses.replace(platform.settings(), ecs_agent_uri=agent.uri)
    platform.worker(FakeEngine(failures=[failure]), settings).run()
    assert agent.told == [True, False]


def test_protection_ends_with_a_worker_that_breaks_down(agent: RecordingAgent) -> None:
    with pytest.raises(ValueError, match="broken"), protected(agent.uri):
        raise ValueError("broken")
    assert agent.told == [True, False]


def test_an_agent_that_is_not_there_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with protected("http://127.0.0.1:9"):
        pass
    assert "protection was not set" in caplog.text


def test_an_agent_that_hangs_up_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with RecordingAgent(answers=False).serve() as agent, protected(agent.uri):
        assert agent.told == [True]
    assert "protection was not set" in caplog.text
