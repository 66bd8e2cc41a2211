"""How far a job is: what its row says, as laws of the numbers that are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scribe import jobs, progress
from scribe.jobs import Status

if TYPE_CHECKING:
    from scribe.jobs import Job

SINCE = datetime(2026, 11, 22, 10, tzinfo=UTC)

counts = st.integers(1, 200)
moments = st.floats(0, 100_000)


def row(status: Status, done: int | None = None, count: int | None = None) -> Job:
    job: Job = {"status": status}
    if count is not None:
        job["chunk_count"] = count
        job["transcribing_since"] = jobs.timestamp(SINCE)
    if done:
        job["chunks_done"] = list(range(done))
    return job


def after(job: Job, seconds: float) -> progress.Progress:
    return progress.of(job, SINCE + timedelta(seconds=seconds))


@given(st.sampled_from(get_args(Status)), st.integers(0, 300), counts, st.floats(-60, 100_000))
def test_whatever_the_row_says_the_numbers_keep_their_bounds(
    status: Status, done: int, count: int, seconds: float
) -> None:
    shown = after(row(status, done, count), seconds)
    assert shown.chunks is not None
    assert 0 <= shown.chunks.done <= shown.chunks.total == count
    assert shown.share is None or 0 <= shown.share <= 1
    assert shown.seconds_left is None or shown.seconds_left >= 0
    assert (shown.step is None) == (status != "PROCESSING")


@given(counts, st.data())
def test_each_chunk_brings_a_job_further(count: int, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, count - 1))
    before, later = (
        after(row("PROCESSING", done, count), 0),
        after(row("PROCESSING", done + 1, count), 0),
    )
    assert before.share is not None
    assert later.share is not None
    assert 0 < before.share < later.share < 1


@given(counts, moments)
def test_nothing_is_estimated_before_the_first_chunk(count: int, seconds: float) -> None:
    assert progress.seconds_left(0, count, seconds) is None


@given(counts, counts, moments, moments)
def test_the_longer_no_chunk_ends_the_longer_the_rest_will_take(
    done: int, count: int, early: float, late: float
) -> None:
    assume(early <= late)
    first, second = (progress.seconds_left(done, count, seconds) for seconds in (early, late))
    assert first is not None
    assert second is not None
    assert first <= second


@given(counts, moments, st.data())
def test_the_more_chunks_are_done_the_less_is_left(
    count: int, seconds: float, data: st.DataObject
) -> None:
    done = data.draw(st.integers(1, count))
    left = progress.seconds_left(done, count, seconds)
    less = progress.seconds_left(done + 1, count, seconds)
    assert left is not None
    assert less is not None
    assert less <= left


@given(st.integers(1, 50), st.integers(2, 50), st.integers(1, 600))
def test_chunks_that_end_at_a_steady_rate_are_foretold_exactly(
    done: int, more: int, seconds_each: int
) -> None:
    left = progress.seconds_left(done, done + more, done * seconds_each)
    assert left == more * seconds_each


@pytest.mark.parametrize(
    ("job", "step", "chunks", "share", "left"),
    [
        (row("PENDING"), None, None, None, None),
        (row("QUEUED"), None, None, 0, None),
        (row("PROCESSING"), "preparing", None, 0, None),
        (row("PROCESSING", 0, 4), "transcribing", (0, 4), 0.05, None),
        (row("PROCESSING", 1, 4), "transcribing", (1, 4), 0.275, 300),
        (row("PROCESSING", 4, 4), "assembling", (4, 4), 0.95, None),
        (row("COMPLETED", 3, 4), None, (4, 4), 1, None),
        (row("FAILED", 1, 4), None, (1, 4), None, None),
        (row("EXPIRED"), None, None, None, None),
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else "",
)
def test_a_job_goes_its_way(
    job: Job,
    step: str | None,
    chunks: tuple[int, int] | None,
    share: float | None,
    left: int | None,
) -> None:
    shown = after(job, 100)
    assert shown.step == step
    assert shown.chunks == (None if chunks is None else progress.Chunks(*chunks))
    assert shown.share == pytest.approx(share)
    assert shown.seconds_left == left


def test_a_job_cut_before_its_moment_was_recorded_is_shown_without_an_estimate() -> None:
    job = row("PROCESSING", 1, 4)
    del job["transcribing_since"]
    assert after(job, 100).seconds_left is None
    assert after(job, 100).step == "transcribing"
