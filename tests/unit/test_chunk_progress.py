"""Finished chunks in a job's row, on moto's DynamoDB: a set that only the current attempt fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.chunk_progress import ChunkProgress
from scribe.errors import StorageUnavailable, Superseded

from tests.unit.jobs_support import JOB, SOURCE, TABLE, USER, Clock, arn, jobs_table, new_job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.adapters.jobs_table import JobsTable
    from scribe.jobs import Job


@pytest.fixture
def table() -> Iterator[JobsTable]:
    """The table with one job, at work on its first attempt."""
    with mock_aws():
        table = jobs_table(Clock())
        table.create(new_job())
        attempt(table, 1)
        yield table


@pytest.fixture
def progress(table: JobsTable) -> ChunkProgress:  # noqa: ARG001  # the rows must be there
    return ChunkProgress(aws.dynamodb(), TABLE)


def attempt(table: JobsTable, number: int) -> None:
    table.claim_attempt(USER, JOB, attempt=number, execution_arn=arn(number), source=SOURCE)
    table.mark_processing(USER, JOB, execution_arn=arn(number))
    table.record_chunk_count(USER, JOB, execution_arn=arn(number), chunk_count=12)


def row(table: JobsTable) -> Job:
    job = table.get(USER, JOB)
    assert job is not None
    return job


def record(progress: ChunkProgress, *indices: int, number: int = 1) -> None:
    for index in indices:
        progress.record(USER, JOB, execution_arn=arn(number), index=index)


def fail(table: JobsTable) -> None:
    table.fail(USER, JOB, execution_arn=arn(), error_name="WorkerLost", message="")


def test_no_chunk_is_done_at_first(table: JobsTable) -> None:
    assert "chunks_done" not in row(table)


def test_chunks_are_read_in_their_order_whoever_finished_first(
    table: JobsTable, progress: ChunkProgress
) -> None:
    record(progress, 10, 2, 0)
    assert row(table)["chunks_done"] == [0, 2, 10]


def test_a_chunk_that_is_recorded_twice_counts_once(
    table: JobsTable, progress: ChunkProgress
) -> None:
    record(progress, 3, 3)
    assert row(table)["chunks_done"] == [3]


def test_progress_changes_nothing_else(table: JobsTable, progress: ChunkProgress) -> None:
    before = row(table)
    record(progress, 3)
    assert row(table) == {**before, "chunks_done": [3]}


def test_a_chunk_of_an_attempt_that_was_superseded_is_not_recorded(
    table: JobsTable, progress: ChunkProgress
) -> None:
    fail(table)
    attempt(table, 2)
    with pytest.raises(Superseded):
        record(progress, 0)
    assert "chunks_done" not in row(table)


def test_a_new_attempt_begins_with_no_chunk_done_and_no_chunks_known(
    table: JobsTable, progress: ChunkProgress
) -> None:
    record(progress, 0, 1)
    fail(table)
    table.claim_attempt(USER, JOB, attempt=2, execution_arn=arn(2), source=SOURCE)
    assert not {"chunks_done", "chunk_count", "transcribing_since"} & set(row(table))


def test_a_chunk_that_a_redrive_finishes_is_recorded_although_its_job_has_failed(
    table: JobsTable, progress: ChunkProgress
) -> None:
    fail(table)
    record(progress, 4)
    assert row(table)["chunks_done"] == [4]


def test_a_deleted_job_stays_as_it_was_left(table: JobsTable, progress: ChunkProgress) -> None:
    table.delete(USER, JOB)
    with pytest.raises(Superseded):
        record(progress, 0)
    assert "chunks_done" not in row(table)


def test_no_row_is_made_for_a_job_that_is_gone(table: JobsTable, progress: ChunkProgress) -> None:
    with pytest.raises(Superseded):
        progress.record(USER, "01JD8Y0000000000000000000Y", execution_arn=arn(), index=0)
    assert table.get(USER, "01JD8Y0000000000000000000Y") is None


def test_a_service_error_has_a_name() -> None:
    client = aws.dynamodb()
    with Stubber(client) as stubber:
        stubber.add_client_error("update_item", "ThrottlingException")
        with pytest.raises(StorageUnavailable):
            record(ChunkProgress(client, TABLE), 0)
