"""Attempts after the first: never two runs of one job, whoever asks, and whatever is redriven."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.attempts import Attempts
from scribe.errors import Superseded
from scribe.executions import WorkflowUnavailable
from scribe.jobs import AttemptRefused

from functions.notify.notifier import NothingToTell
from tests.unit.jobs_support import (
    JOB,
    MACHINE,
    SOURCE,
    USER,
    arn,
    complete,
    create_state_machine,
    new_job,
)
from tests.unit.notify_support import Platform, status_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.jobs import Job


@pytest.fixture
def platform() -> Iterator[Platform]:
    with mock_aws():
        yield Platform()


@pytest.fixture
def attempts(platform: Platform) -> Attempts:
    return Attempts(platform.jobs, platform.workflow, MACHINE)


@pytest.fixture
def failed(platform: Platform) -> Job:
    """A job whose first execution failed, and whose owner was told."""
    platform.start()
    platform.end(arn(), "FAILED", "WorkerLost")
    platform.notifier.tell(status_event(arn(), "FAILED"))
    return row(platform)


def row(platform: Platform) -> Job:
    job = platform.jobs.get(USER, JOB)
    assert job is not None
    return job


def names() -> list[str]:
    listed = aws.step_functions().list_executions(stateMachineArn=MACHINE)["executions"]
    return sorted(execution["name"] for execution in listed)


def test_a_failed_job_is_run_again_under_a_name_of_its_own(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    job = attempts.another(failed)
    assert (job["status"], job["attempt"], job["execution_arn"]) == ("QUEUED", 2, arn(2))
    assert "error" not in job
    assert names() == [JOB, f"{JOB}-2"]
    first, second = (json.loads(platform.workflow.describe(arn(n)).input) for n in (1, 2))
    assert second == {**first, "attempt": 2}


def test_two_who_ask_at_once_begin_one_execution(attempts: Attempts, failed: Job) -> None:
    assert attempts.another(failed) == attempts.another(failed)
    assert names() == [JOB, f"{JOB}-2"]


def test_who_asks_after_the_next_attempt_has_begun_to_work_begins_nothing(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    attempts.another(failed)
    platform.jobs.mark_processing(USER, JOB, execution_arn=arn(2))
    with pytest.raises(Superseded):
        attempts.another(failed)
    with pytest.raises(AttemptRefused):
        attempts.another(row(platform))
    assert names() == [JOB, f"{JOB}-2"]


def test_a_start_that_broke_off_after_the_claim_is_made_up_for(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    aws.step_functions().delete_state_machine(stateMachineArn=MACHINE)
    with pytest.raises(WorkflowUnavailable):
        attempts.another(failed)
    assert row(platform)["status"] == "QUEUED"
    create_state_machine()
    attempts.another(row(platform))
    assert names() == [f"{JOB}-2"]


def test_the_attempt_that_is_claimed_is_started_again_without_another_claim(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    platform.jobs.claim_attempt(USER, JOB, attempt=2, execution_arn=arn(2), source=SOURCE)
    assert names() == [JOB]
    assert attempts.another(row(platform))["attempt"] == 2
    assert attempts.another(failed)["attempt"] == 2
    assert names() == [JOB, f"{JOB}-2"]


def test_a_job_that_has_not_failed_gets_no_other_attempt(
    attempts: Attempts, platform: Platform
) -> None:
    platform.jobs.create(new_job())
    refused = []

    def ask() -> None:
        refused.append(row(platform)["status"])
        with pytest.raises(AttemptRefused):
            attempts.another(row(platform))

    ask()
    platform.jobs.claim_attempt(USER, JOB, attempt=1, execution_arn=arn(), source=SOURCE)
    ask()
    platform.jobs.mark_processing(USER, JOB, execution_arn=arn())
    ask()
    assert complete(platform.dynamodb, arn())
    ask()
    platform.jobs.delete(USER, JOB)
    ask()
    assert refused == ["PENDING", "QUEUED", "PROCESSING", "COMPLETED", "DELETED"]
    assert names() == []


def test_a_redriven_execution_is_not_overtaken(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    platform.end(arn(), "RUNNING")
    with pytest.raises(AttemptRefused):
        attempts.another(failed)
    assert row(platform)["attempt"] == 1


def test_a_redrive_that_completes_the_job_first_is_not_undone(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    # Between the look at the execution and the claim: the row is all that tells.
    assert complete(platform.dynamodb, arn())
    with pytest.raises(Superseded):
        attempts.another(failed)
    assert row(platform)["status"] == "COMPLETED"
    assert names() == [JOB]


def test_a_job_deleted_meanwhile_stays_deleted(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    platform.jobs.delete(USER, JOB)
    with pytest.raises(Superseded):
        attempts.another(failed)
    assert names() == [JOB]


def test_an_execution_that_step_functions_has_forgotten_has_ended(
    attempts: Attempts, platform: Platform
) -> None:
    platform.jobs.create(new_job())
    platform.jobs.claim_attempt(USER, JOB, attempt=1, execution_arn=arn(), source=SOURCE)
    platform.jobs.fail(USER, JOB, execution_arn=arn(), error_name="WorkerLost", message="")
    assert attempts.another(row(platform))["attempt"] == 2


def test_a_redrive_after_the_claim_ends_as_superseded_and_nobody_is_told(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    claimed = attempts.another(failed)
    platform.end(arn(), "RUNNING")
    # From PrepareAudio, or from a chunk on: each finds that the row is another's.
    with pytest.raises(Superseded):
        platform.jobs.mark_processing(USER, JOB, execution_arn=arn())
    assert not complete(platform.dynamodb, arn())
    platform.end(arn(), "FAILED", "Superseded")
    with pytest.raises(Superseded):
        platform.notifier.tell(status_event(arn(), "FAILED"))
    assert row(platform) == claimed
    assert len(platform.mails()) == 1  # about the first failure


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED"])
def test_a_superseded_redrive_that_ends_otherwise_fails_nothing(
    attempts: Attempts, failed: Job, platform: Platform, status: str
) -> None:
    claimed = attempts.another(failed)
    platform.end(arn(), status)
    with pytest.raises(Superseded):
        platform.notifier.tell(status_event(arn(), status))
    assert row(platform) == claimed


def test_a_success_after_the_failure_is_told_once_as_now_ready(
    attempts: Attempts, failed: Job, platform: Platform
) -> None:
    attempts.another(failed)
    platform.jobs.mark_processing(USER, JOB, execution_arn=arn(2))
    platform.succeed(arn(2))
    platform.notifier.tell(status_event(arn(2), "SUCCEEDED"))
    with pytest.raises(NothingToTell):
        platform.notifier.tell(status_event(arn(2), "SUCCEEDED"))
    with pytest.raises(Superseded):  # the first failure's event, doubled and late
        platform.notifier.tell(status_event(arn(), "FAILED"))
    assert ["could not" in mail.subject for mail in platform.mails()] == [True, False]
    assert row(platform)["notification"]["after_failure"]
