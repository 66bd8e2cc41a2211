"""Finished chunks are counted on their job, and no chunk fails because they are not."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber
from scribe.adapters import aws
from scribe.adapters.chunk_progress import ChunkProgress
from scribe.jobs import NewJob
from worker import single
from worker.chunk import Work
from worker.engine.fake import FakeEngine
from worker.progress import DoneChunks

from tests.unit.jobs_support import SOURCE, TABLE, Clock, jobs_table
from tests.worker.support import JOB, USER, chunk_task

if TYPE_CHECKING:
    from scribe.adapters.jobs_table import JobsTable
    from scribe.shapes import ChunkTask

    from tests.worker.conftest import Platform

EXECUTION = chunk_task()["execution_arn"]


@pytest.fixture
def jobs(platform: Platform) -> JobsTable:
    """The Jobs table, with the job of the chunk tasks at work."""
    table = jobs_table(Clock())
    table.create(NewJob(USER, JOB, "talk.mp3", language="en", ui_language="en", email=None))
    table.claim_attempt(USER, JOB, attempt=1, execution_arn=EXECUTION, source=SOURCE)
    platform.done = DoneChunks(ChunkProgress(aws.dynamodb(), TABLE))
    return table


def chunks_done(jobs: JobsTable) -> list[int]:
    job = jobs.get(USER, JOB)
    assert job is not None
    return job.get("chunks_done", [])


def run_alone(platform: Platform, task: ChunkTask, *failures: str) -> None:
    platform.put_audio(task)
    work = Work(FakeEngine(failures=failures), ("en", "es"), platform.storage)
    single.run(json.dumps(task), platform.storage, lambda: work, platform.done)


def test_the_fleet_records_each_chunk_once(platform: Platform, jobs: JobsTable) -> None:
    for index in (2, 0, 2):
        platform.send(chunk_task(index), f"token-{index}")
    platform.worker(settings=platform.settings(chunks=3)).run()
    assert chunks_done(jobs) == [0, 2]


def test_a_chunk_is_recorded_before_its_state_goes_on(platform: Platform, jobs: JobsTable) -> None:
    # Once it has, the message is gone, and with it the last chance to record the chunk.
    platform.callbacks.dead_at_the_answer = frozenset({"token-0"})
    platform.send(chunk_task(5))
    platform.worker().run()
    assert chunks_done(jobs) == [5]


def test_a_chunk_whose_result_is_found_is_recorded_too(platform: Platform, jobs: JobsTable) -> None:
    platform.done, done = DoneChunks(), platform.done
    platform.send(chunk_task(1))
    platform.worker().run()
    assert chunks_done(jobs) == []
    platform.done = done
    platform.send(chunk_task(1))
    platform.worker().run()
    assert chunks_done(jobs) == [1]


def test_a_task_of_its_own_records_its_chunk(platform: Platform, jobs: JobsTable) -> None:
    run_alone(platform, chunk_task(7))
    assert chunks_done(jobs) == [7]


def test_a_chunk_that_failed_is_not_done(platform: Platform, jobs: JobsTable) -> None:
    platform.send(chunk_task(1))
    platform.worker(FakeEngine(failures=["OutOfMemory"])).run()
    run_alone(platform, chunk_task(2), "LanguageUnsupported")
    assert chunks_done(jobs) == []


def test_a_detection_is_none_of_the_chunks(platform: Platform, jobs: JobsTable) -> None:
    detection = chunk_task(kind="detect", language=None)
    platform.send(detection)
    platform.worker().run()
    run_alone(platform, detection)
    assert platform.callbacks.succeeded
    assert chunks_done(jobs) == []


def test_a_chunk_succeeds_although_its_job_cannot_be_told(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    client = aws.dynamodb()
    platform.done = DoneChunks(ChunkProgress(client, TABLE))
    platform.send(chunk_task(), "secret-token")
    with Stubber(client) as stubber, caplog.at_level(logging.WARNING):
        stubber.add_client_error("update_item", "ThrottlingException", "of secret-token")
        platform.worker().run()
    assert platform.callbacks.succeeded.keys() == {"secret-token"}
    assert (platform.waiting(), platform.in_flight()) == (0, 0)
    (warning,) = (line for line in caplog.records if line.levelno == logging.WARNING)
    assert warning.getMessage() == "progress was not recorded"
    assert vars(warning)["fields"]["error"] == "StorageUnavailable"
    assert "secret-token" not in repr(vars(warning))


def test_a_chunk_of_a_deleted_job_ends_quietly(platform: Platform, jobs: JobsTable) -> None:
    jobs.delete(USER, JOB)
    platform.send(chunk_task())
    platform.worker().run()
    assert chunks_done(jobs) == []
    assert platform.callbacks.succeeded
