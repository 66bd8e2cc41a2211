"""Claims to tell an owner: one holder at a time, and each outcome told once, on moto's DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.notification_claims import NotificationClaims
from scribe.errors import Superseded
from scribe.jobs import NotificationBusy

from tests.unit.jobs_support import (
    JOB,
    SOURCE,
    TABLE,
    USER,
    Clock,
    arn,
    complete,
    jobs_table,
    new_job,
    open_jobs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.adapters.jobs_table import JobsTable
    from scribe.jobs import Job

LEASE = 120


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queued(clock: Clock) -> Iterator[JobsTable]:
    with mock_aws():
        table = jobs_table(clock)
        table.create(new_job())
        table.claim_attempt(USER, JOB, attempt=1, execution_arn=arn(), source=SOURCE)
        yield table


@pytest.fixture
def failed(queued: JobsTable) -> JobsTable:
    queued.mark_processing(USER, JOB, execution_arn=arn())
    queued.fail(USER, JOB, execution_arn=arn(), error_name="WorkerLost", message="both died")
    return queued


@pytest.fixture
def claims(queued: JobsTable, clock: Clock) -> NotificationClaims:
    del queued
    return NotificationClaims(aws.dynamodb(), TABLE, clock=clock)


def tell(claims: NotificationClaims) -> Job | None:
    return claims.claim(USER, JOB, execution_arn=arn(), lease_seconds=LEASE)


def row(table: JobsTable) -> Job:
    job = table.get(USER, JOB)
    assert job is not None
    return job


@pytest.mark.usefixtures("queued")
def test_a_job_that_is_at_work_has_nothing_to_tell(claims: NotificationClaims) -> None:
    with pytest.raises(Superseded):
        tell(claims)


def test_one_outcome_is_told_once(claims: NotificationClaims, failed: JobsTable) -> None:
    job = tell(claims)
    assert job is not None
    claims.record_notification(job, message_id="m-1")
    assert row(failed)["notification"] == {
        "attempt": 1,
        "outcome": "FAILED",
        "state": "SENT",
        "until": None,
        "message_id": "m-1",
        "after_failure": False,
        "announced": False,
    }
    assert tell(claims) is None


@pytest.mark.usefixtures("failed")
def test_an_outcome_that_is_on_the_bus_is_still_so_under_the_next_lease(
    claims: NotificationClaims, clock: Clock
) -> None:
    job = tell(claims)
    assert job is not None
    announced = claims.record_announcement(job)
    clock.advance(LEASE + 1)
    again = tell(claims)
    assert again is not None
    assert again["notification"]["announced"]
    with pytest.raises(Superseded):
        claims.record_notification(announced, message_id="m-1")
    claims.record_notification(again, message_id="m-2")


@pytest.mark.usefixtures("failed")
def test_another_outcome_is_not_on_the_bus_because_the_last_one_was(
    claims: NotificationClaims,
) -> None:
    job = tell(claims)
    assert job is not None
    claims.record_notification(claims.record_announcement(job), message_id="m-1")
    assert complete(aws.dynamodb(), arn())
    success = tell(claims)
    assert success is not None
    assert not success["notification"]["announced"]


@pytest.mark.usefixtures("failed")
def test_a_lease_keeps_others_out_until_it_ends(claims: NotificationClaims, clock: Clock) -> None:
    assert tell(claims) is not None
    clock.advance(LEASE - 1)
    with pytest.raises(NotificationBusy):
        tell(claims)
    clock.advance(2)
    assert tell(claims) is not None


def test_a_holder_whose_lease_was_taken_over_cannot_record(
    claims: NotificationClaims, failed: JobsTable, clock: Clock
) -> None:
    slow = tell(claims)
    clock.advance(LEASE + 1)
    quick = tell(claims)
    assert slow is not None
    assert quick is not None
    with pytest.raises(Superseded):
        claims.record_notification(slow, message_id="m-1")
    claims.record_notification(quick, message_id="m-2")
    assert row(failed)["notification"]["message_id"] == "m-2"


def test_what_was_recorded_is_recorded_again_where_the_answer_was_lost(
    claims: NotificationClaims, failed: JobsTable
) -> None:
    job = tell(claims)
    assert job is not None
    announced = claims.record_announcement(job)
    assert claims.record_announcement(job) == announced
    for _ in range(2):
        claims.record_notification(announced, message_id="m-1")
    assert row(failed)["notification"]["message_id"] == "m-1"


def test_what_was_recorded_is_worth_nothing_to_an_execution_that_was_overtaken(
    claims: NotificationClaims, failed: JobsTable
) -> None:
    job = tell(claims)
    assert job is not None
    claims.record_announcement(job)
    failed.claim_attempt(USER, JOB, attempt=2, execution_arn=arn(2), source=SOURCE)
    with pytest.raises(Superseded):
        claims.record_announcement(job)


@pytest.mark.usefixtures("failed")
def test_a_success_after_a_failure_is_told_as_one(claims: NotificationClaims) -> None:
    first = tell(claims)
    assert first is not None
    claims.record_notification(first, message_id="m-1")
    assert complete(aws.dynamodb(), arn())
    second = tell(claims)
    assert second is not None
    assert second["notification"]["outcome"] == "COMPLETED"
    assert second["notification"]["after_failure"]


@pytest.mark.usefixtures("failed")
def test_a_success_waits_while_the_failure_is_being_told(claims: NotificationClaims) -> None:
    assert tell(claims) is not None
    assert complete(aws.dynamodb(), arn())
    with pytest.raises(NotificationBusy):
        tell(claims)


def test_a_job_is_open_until_its_owner_was_told(
    claims: NotificationClaims, failed: JobsTable
) -> None:
    client = aws.dynamodb()
    assert open_jobs(client) == 1
    job = tell(claims)
    assert job is not None
    assert open_jobs(client) == 1
    claims.record_notification(job, message_id="m-1")
    assert open_jobs(client) == 0
    failed.mark_processing(USER, JOB, execution_arn=arn())  # a redrive
    assert open_jobs(client) == 1


def test_a_job_that_a_redrive_opened_is_closed_where_it_ends_as_its_owner_knows(
    claims: NotificationClaims, failed: JobsTable
) -> None:
    client = aws.dynamodb()
    job = tell(claims)
    assert job is not None
    claims.record_notification(job, message_id="m-1")
    failed.mark_processing(USER, JOB, execution_arn=arn())
    failed.fail(USER, JOB, execution_arn=arn(), error_name="WorkerLost", message="again")
    assert open_jobs(client) == 1
    assert tell(claims) is None
    assert open_jobs(client) == 0


def test_an_execution_that_was_superseded_has_nothing_to_tell(
    claims: NotificationClaims, failed: JobsTable
) -> None:
    failed.claim_attempt(USER, JOB, attempt=2, execution_arn=arn(2), source=SOURCE)
    with pytest.raises(Superseded):
        tell(claims)


def test_nobody_is_told_of_a_deleted_job(claims: NotificationClaims, failed: JobsTable) -> None:
    failed.delete(USER, JOB)
    with pytest.raises(Superseded):
        tell(claims)
