"""The Jobs table: which write is refused when, on moto's DynamoDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber
from moto import mock_aws
from scribe import jobs
from scribe.adapters import aws
from scribe.adapters.jobs_table import JobsTable
from scribe.errors import StorageUnavailable, Superseded
from scribe.jobs import JobMissing

from tests.unit.jobs_support import (
    JOB,
    RESULT,
    SOURCE,
    USER,
    Clock,
    arn,
    complete,
    jobs_table,
    new_job,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.jobs import Job, UploadPlan

UPLOAD: UploadPlan = {
    "key": SOURCE["key"],
    "content_type": "audio/mpeg",
    "size_bytes": SOURCE["size_bytes"],
    "part_bytes": None,
    "upload_id": None,
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(clock: Clock) -> Iterator[JobsTable]:
    with mock_aws():
        yield jobs_table(clock)


def row(table: JobsTable) -> Job:
    job = table.get(USER, JOB)
    assert job is not None
    return job


def claim(table: JobsTable, attempt: int = 1) -> Job:
    return table.claim_attempt(
        USER, JOB, attempt=attempt, execution_arn=arn(attempt), source=SOURCE
    )


def process(table: JobsTable, attempt: int = 1) -> None:
    table.mark_processing(USER, JOB, execution_arn=arn(attempt))


def fail(table: JobsTable, attempt: int = 1, error_name: str = "WorkerLost") -> Job:
    return table.fail(
        USER, JOB, execution_arn=arn(attempt), error_name=error_name, message="two workers died"
    )


@pytest.fixture
def queued(table: JobsTable) -> JobsTable:
    table.create(new_job())
    claim(table)
    return table


@pytest.fixture
def failed(queued: JobsTable) -> JobsTable:
    process(queued)
    fail(queued)
    return queued


def test_a_job_that_nobody_created_is_none(table: JobsTable) -> None:
    assert table.get(USER, JOB) is None


def test_creating_a_job_twice_keeps_the_first(table: JobsTable) -> None:
    table.create(new_job(email="ana@example.com"))
    table.create(new_job(email="eve@example.com"))
    assert row(table)["email"] == "ana@example.com"
    assert row(table)["status"] == "PENDING"


def test_a_job_without_an_address_has_no_email_field(table: JobsTable) -> None:
    table.create(new_job(email=None))
    assert "email" not in row(table)


def test_a_job_without_a_vocabulary_has_no_such_field(table: JobsTable) -> None:
    table.create(new_job(vocabulary=""))
    assert "vocabulary" not in row(table)


def test_a_claim_stores_the_execution_and_the_recording(queued: JobsTable) -> None:
    job = row(queued)
    assert (job["status"], job["attempt"], job["execution_arn"]) == ("QUEUED", 1, arn())
    assert job["source"] == SOURCE


def test_the_same_claim_again_succeeds_and_keeps_the_first_recording(queued: JobsTable) -> None:
    other = {**SOURCE, "etag": "4567"}
    again = queued.claim_attempt(USER, JOB, attempt=1, execution_arn=arn(), source=other)  # type: ignore[arg-type]  # a spread TypedDict is a plain dict to mypy
    assert again["source"] == SOURCE
    assert row(queued)["source"] == SOURCE


def test_a_claim_of_an_attempt_that_has_begun_is_refused(queued: JobsTable) -> None:
    process(queued)
    with pytest.raises(Superseded):
        claim(queued)


def test_a_claim_of_a_job_that_nobody_created_is_refused(table: JobsTable) -> None:
    with pytest.raises(JobMissing):
        claim(table)


def test_a_later_attempt_can_be_claimed_only_when_the_one_before_has_ended(
    queued: JobsTable,
) -> None:
    with pytest.raises(Superseded):
        claim(queued, attempt=2)
    process(queued)
    with pytest.raises(Superseded):
        claim(queued, attempt=2)
    fail(queued)
    with pytest.raises(Superseded):
        claim(queued, attempt=3)
    job = claim(queued, attempt=2)
    assert (job["status"], job["attempt"]) == ("QUEUED", 2)
    assert "error" not in job


def test_every_write_of_an_execution_that_was_superseded_is_refused(failed: JobsTable) -> None:
    claim(failed, attempt=2)
    with pytest.raises(Superseded):
        process(failed, attempt=1)
    with pytest.raises(Superseded):
        failed.record_chunk_count(USER, JOB, execution_arn=arn(1), chunk_count=3)
    with pytest.raises(Superseded):
        fail(failed, attempt=1)
    assert row(failed)["status"] == "QUEUED"


def test_every_write_to_a_deleted_job_is_refused(queued: JobsTable) -> None:
    process(queued)
    queued.delete(USER, JOB)
    for write in (claim, process, fail):
        with pytest.raises(Superseded):
            write(queued)
    assert not complete(aws.dynamodb(), arn())
    assert row(queued)["status"] == "DELETED"


def test_a_deleted_job_keeps_nothing_personal_and_expires(table: JobsTable, clock: Clock) -> None:
    table.create(
        replace(new_job(vocabulary="Ana María Lopera"), metadata={"patient": "Ana"}, upload=UPLOAD)
    )
    claim(table)
    table.delete(USER, JOB)
    job = row(table)
    personal = {"email", "file_name", "vocabulary", "metadata", "upload", "source"}
    assert not personal & set(job)
    assert job["expires_at"] == int(clock().timestamp()) + jobs.TOMBSTONE_SECONDS


def test_a_deleted_job_is_swept_for_a_while_and_not_among_its_owners_open_jobs(
    table: JobsTable,
) -> None:
    table.create(new_job())
    table.delete(USER, JOB)
    assert row(table)["open_shard"] == jobs.TOMBSTONES
    assert table.count_open(USER) == 0
    table.close_tombstone(USER, JOB)
    assert "open_shard" not in row(table)


def test_only_a_tombstone_is_closed(table: JobsTable) -> None:
    table.close_tombstone(USER, JOB)
    table.create(new_job())
    table.close_tombstone(USER, JOB)
    assert row(table)["open_shard"] == jobs.open_shard(JOB)


def test_a_job_that_nobody_created_cannot_be_deleted(table: JobsTable) -> None:
    with pytest.raises(JobMissing):
        table.delete(USER, JOB)


def test_a_job_whose_recording_does_not_come_expires_and_is_no_longer_open(
    table: JobsTable,
) -> None:
    table.create(new_job())
    assert table.count_open(USER) == 1
    assert table.expire(USER, JOB)["status"] == "EXPIRED"
    assert table.count_open(USER) == 0
    assert table.expire(USER, JOB)["status"] == "EXPIRED"


def test_an_upload_that_comes_late_is_an_upload_all_the_same(table: JobsTable) -> None:
    table.create(new_job())
    table.expire(USER, JOB)
    assert claim(table)["status"] == "QUEUED"
    assert table.count_open(USER) == 1


def test_a_job_whose_recording_has_arrived_does_not_expire(queued: JobsTable) -> None:
    assert queued.expire(USER, JOB)["status"] == "QUEUED"
    assert queued.count_open(USER) == 1


def test_a_job_that_is_gone_does_not_expire(table: JobsTable) -> None:
    with pytest.raises(JobMissing):
        table.expire(USER, JOB)
    table.create(new_job())
    table.delete(USER, JOB)
    with pytest.raises(JobMissing):
        table.expire(USER, JOB)


def test_the_chunk_count_is_recorded_while_the_job_is_at_work(queued: JobsTable) -> None:
    with pytest.raises(Superseded):
        queued.record_chunk_count(USER, JOB, execution_arn=arn(), chunk_count=3)
    process(queued)
    queued.record_chunk_count(USER, JOB, execution_arn=arn(), chunk_count=3)
    assert row(queued)["chunk_count"] == 3


def test_the_moment_from_which_chunks_are_transcribed_is_that_of_the_last_preparation(
    queued: JobsTable, clock: Clock
) -> None:
    process(queued)
    for _ in range(2):
        clock.advance(60)
        queued.record_chunk_count(USER, JOB, execution_arn=arn(), chunk_count=3)
        assert row(queued)["transcribing_since"] == jobs.timestamp(clock())


def test_a_failure_is_recorded_with_its_name(failed: JobsTable) -> None:
    assert row(failed)["error"] == {"name": "WorkerLost", "message": "two workers died"}


def test_a_redrive_that_fails_elsewhere_records_the_later_error(failed: JobsTable) -> None:
    assert fail(failed, error_name="OutOfMemory")["error"]["name"] == "OutOfMemory"


def test_a_failure_does_not_undo_a_stored_transcript(queued: JobsTable) -> None:
    process(queued)
    assert complete(aws.dynamodb(), arn())
    assert fail(queued)["status"] == "COMPLETED"
    assert row(queued)["result"] == RESULT


def test_a_service_error_has_a_name() -> None:
    client = aws.dynamodb()
    table = JobsTable(client, "jobs")
    with Stubber(client) as stubber:
        stubber.add_client_error("get_item", "InternalServerError")
        stubber.add_client_error("update_item", "ThrottlingException")
        with pytest.raises(StorageUnavailable):
            table.get(USER, JOB)
        with pytest.raises(StorageUnavailable):
            process(table)


def test_only_a_deleted_job_allows_no_change() -> None:
    ends = {status for status, after in jobs.TRANSITIONS.items() if not after}
    assert ends == {"DELETED"}
    assert all(after <= set(jobs.TRANSITIONS) for after in jobs.TRANSITIONS.values())
