"""What is due for a job that nothing has happened to: the rules, case by case and as laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import jobs, sweeping
from scribe.jobs import Job, Status
from scribe.sweeping import Patience

from tests.unit.jobs_support import JOB, SOURCE, USER, arn

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
PATIENCE = Patience(
    events=timedelta(minutes=10),
    work=timedelta(minutes=30),
    uploads=timedelta(days=1),
    deletions=timedelta(hours=3),
)
MINUTES = st.integers(0, 3000)


def job(status: str, minutes: float, **more: Any) -> Job:  # noqa: ANN401  # any field of a row
    """An open job that changed some minutes ago."""
    row: Any = {
        "user_id": USER,
        "job_id": JOB,
        "status": status,
        "attempt": 0 if status in ("PENDING", "EXPIRED") else 1,
        "execution_arn": arn(),
        "source": SOURCE,
        "created_at": jobs.timestamp(NOW - timedelta(minutes=minutes)),
        "updated_at": jobs.timestamp(NOW - timedelta(minutes=minutes)),
        "open_shard": jobs.open_shard(JOB),
        **more,
    }
    made: Job = row
    return made


def lease(minutes_ago: float | None) -> dict[str, object]:
    """A notification whose lease ended some minutes ago; None for one that is sent."""
    until = None if minutes_ago is None else jobs.timestamp(NOW - timedelta(minutes=minutes_ago))
    return {
        "attempt": 1,
        "outcome": "FAILED",
        "state": "SENT" if until is None else "SENDING",
        "until": until,
        "message_id": None,
        "after_failure": False,
        "announced": False,
    }


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (job("PENDING", 9.9), None),
        (job("PENDING", 10), "recording"),
        (job("QUEUED", 9.9), None),
        (job("QUEUED", 10), "execution"),
        (job("PROCESSING", 29.9), None),
        (job("PROCESSING", 30), "execution"),
        (job("COMPLETED", 9.9), None),
        (job("COMPLETED", 10), "owner"),
        (job("FAILED", 10), "owner"),
        # A message comes again six minutes after each time, with a lease of two.
        (job("FAILED", 20, notification=lease(-1)), None),
        (job("FAILED", 20, notification=lease(14)), None),
        (job("FAILED", 20, notification=lease(15)), "owner"),
        # Told of a failure, then completed by a redrive: that was not told.
        (job("COMPLETED", 20, notification=lease(None)), "owner"),
        (job("EXPIRED", 100), None),
        (job("DELETED", 100), None),
    ],
)
def test_what_is_looked_at(row: Job, what: str | None) -> None:
    assert sweeping.look(row, NOW, PATIENCE) == what


@given(status=st.sampled_from(get_args(Status)), minutes=MINUTES)
def test_a_job_that_is_not_open_is_well(status: str, minutes: int) -> None:
    row = job(status, minutes)
    del row["open_shard"]
    assert sweeping.look(row, NOW, PATIENCE) is None


@given(status=st.sampled_from(get_args(Status)), minutes=st.integers(0, 9))
def test_a_job_that_changed_just_now_is_well(status: str, minutes: int) -> None:
    assert sweeping.look(job(status, minutes), NOW, PATIENCE) is None


@given(status=st.sampled_from(get_args(Status)), minutes=MINUTES, longer=MINUTES)
def test_what_is_due_stays_due_until_it_is_done(status: str, minutes: int, longer: int) -> None:
    before = sweeping.look(job(status, minutes), NOW, PATIENCE)
    after = sweeping.look(job(status, minutes + longer), NOW, PATIENCE)
    assert before in (None, after)


def test_every_open_status_is_looked_at_in_the_end() -> None:
    looked_at = {s for s in get_args(Status) if sweeping.look(job(s, 10_000), NOW, PATIENCE)}
    assert looked_at == {"PENDING", "QUEUED", "PROCESSING", "COMPLETED", "FAILED"}


@pytest.mark.parametrize(
    ("minutes", "part_minutes", "given_up"),
    [
        (23 * 60, None, False),
        (24 * 60, None, True),
        (40 * 60, 119, False),
        (40 * 60, 120, True),
    ],
)
def test_an_upload_is_given_up_after_a_day_unless_parts_of_it_still_come(
    minutes: int, part_minutes: int | None, *, given_up: bool
) -> None:
    part = None if part_minutes is None else NOW - timedelta(minutes=part_minutes)
    row = job("PENDING", minutes)
    decided = sweeping.past_window(row, NOW, PATIENCE) and not sweeping.still_coming(part, NOW)
    assert decided == given_up


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("RUNNING", None),
        ("PENDING_REDRIVE", None),
        *((end, end) for end in ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")),
    ],
)
def test_an_execution_that_goes_on_is_left_alone(status: str, end: str | None) -> None:
    assert sweeping.ended(status) == end


@pytest.mark.parametrize(
    ("row", "begins"),
    [
        (None, True),
        (job("PENDING", 11), True),
        (job("EXPIRED", 11), True),
        (job("QUEUED", 11), False),
        (job("PROCESSING", 11), False),
        (job("COMPLETED", 11), False),
        (job("FAILED", 11), False),
        (job("DELETED", 11), False),
    ],
)
def test_a_recording_in_the_inbox_begins_a_job_that_has_not_begun(
    row: Job | None, *, begins: bool
) -> None:
    assert sweeping.inbox_begins(row) == begins
