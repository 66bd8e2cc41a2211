"""The sweep and deleted jobs: what came late goes too, and broken deletions are finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from scribe import jobs, keys
from scribe.adapters import aws

from functions.sweep.run import Run
from tests.unit.jobs_support import USER, arn
from tests.unit.sweep_support import HOUR, MINUTE, PLENTY_MS, WORK, Platform, platform

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["platform"]  # a fixture is found by its name


def delete(platform: Platform, job_id: str) -> None:
    """Delete as the API does."""
    deletion = replace(platform.sweeps().tombstones.deletion, jobs=platform.jobs)
    deletion.delete(platform.row(job_id))


def store_late(platform: Platform, job_id: str) -> None:
    """A worker that was just at it stores a result."""
    key = keys.chunk_result(USER, job_id, 1)
    platform.s3.put_object(Bucket=WORK, Key=key, Body=b"late")


@pytest.mark.parametrize("seconds", [10 * MINUTE, 3 * HOUR, 20 * HOUR])
def test_what_came_late_of_a_deleted_job_is_deleted(platform: Platform, seconds: int) -> None:
    job_id = platform.processing()
    delete(platform, job_id)
    store_late(platform, job_id)
    platform.clock.advance(seconds)
    assert platform.sweep().repairs == {"deletion_finished": 1}
    assert platform.stored(job_id) == []


def test_a_deletion_that_broke_off_after_its_first_step_is_finished(platform: Platform) -> None:
    job_id = platform.processing()
    platform.jobs.delete(USER, job_id)
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"deletion_finished": 1}
    assert platform.stored(job_id) == []
    execution = aws.step_functions().describe_execution(executionArn=arn(1, job_id))
    assert execution["status"] == "ABORTED"


def test_half_an_upload_of_a_deleted_job_is_dropped(platform: Platform) -> None:
    job_id = platform.announced(parts=True)
    platform.jobs.delete(USER, job_id)
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"deletion_finished": 1}
    assert platform.stored(job_id) == []


@pytest.mark.parametrize("life", [Platform.announced, Platform.processing, Platform.completed])
def test_a_tombstone_is_looked_at_soon_and_once_more_when_nothing_can_come(
    platform: Platform, life: Callable[[Platform], str]
) -> None:
    job_id = life(platform)
    delete(platform, job_id)
    looks = {}
    for minutes in (9, 10, 19, 21, 179, 180, 190):
        moment = platform.clock() + timedelta(minutes=minutes)
        run = Run(lambda: PLENTY_MS)
        platform.sweeps().tombstones.sweep(run, moment)
        looks[minutes] = run.looked_at
    assert looks == {9: 0, 10: 1, 19: 1, 21: 0, 179: 0, 180: 1, 190: 0}
    left = platform.row(job_id)
    assert left["status"] == "DELETED"
    assert "open_shard" not in left


def test_a_tombstone_of_before_is_closed_after_its_last_look_only(platform: Platform) -> None:
    job_id = platform.processing()
    delete(platform, job_id)
    platform.clock.advance(3 * HOUR - 1)
    platform.sweep()
    assert platform.row(job_id)["open_shard"] == jobs.TOMBSTONES


def test_one_whose_last_look_failed_is_looked_at_again(platform: Platform) -> None:
    job_id = platform.processing()
    delete(platform, job_id)
    platform.clock.advance(3 * HOUR)
    platform.s3.delete_bucket(Bucket=WORK)
    run = Run(lambda: PLENTY_MS)
    sweeps = platform.sweeps()
    sweeps.tombstones.sweep(run, platform.clock())
    assert run.failures == 1
    platform.s3.create_bucket(Bucket=WORK)
    assert platform.sweep().failures == 0
    assert "open_shard" not in platform.row(job_id)


def test_other_jobs_keep_what_they_have(platform: Platform) -> None:
    kept, deleted = platform.processing(), platform.processing()
    store_late(platform, kept)
    before = (platform.row(kept), platform.stored(kept))
    delete(platform, deleted)
    store_late(platform, deleted)
    platform.clock.advance(10 * MINUTE)
    platform.sweep()
    assert before == (platform.row(kept), platform.stored(kept))
