"""The sweep leaves a healthy job alone, at whatever point of its life and for however long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scribe import jobs
from scribe.adapters import aws

from tests.unit.jobs_support import TABLE, USER, arn
from tests.unit.sweep_support import DAY, HOUR, MINUTE, Platform, platform

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["platform"]  # a fixture is found by its name


def told(platform: Platform, life: Callable[[Platform], str]) -> str:
    job_id = life(platform)
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": USER}, "job_id": {"S": job_id}},
        UpdateExpression="REMOVE open_shard",
    )
    return job_id


def being_told(platform: Platform) -> str:
    """Its mail is refused, and its message comes again and again."""
    job_id = platform.failed()
    until = jobs.timestamp(platform.clock())
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": USER}, "job_id": {"S": job_id}},
        UpdateExpression="SET notification = :lease",
        ExpressionAttributeValues={
            ":lease": {"M": {"until": {"S": until}, "state": {"S": "SENDING"}}}
        },
    )
    return job_id


def expired(platform: Platform) -> str:
    job_id = platform.announced()
    platform.jobs.expire(USER, job_id)
    return job_id


def redriven(platform: Platform) -> str:
    job_id = told(platform, Platform.failed)
    platform.end(job_id, "RUNNING")
    platform.jobs.mark_processing(USER, job_id, execution_arn=arn(1, job_id))
    return job_id


def tried_again(platform: Platform) -> str:
    job_id = told(platform, Platform.failed)
    platform.attempts.another(platform.row(job_id))
    return job_id


HEALTHY: list[tuple[Callable[[Platform], str], int]] = [
    (Platform.announced, 23 * HOUR),
    (lambda p: p.announced(parts=True), 23 * HOUR),
    (Platform.uploaded, 9 * MINUTE),
    (Platform.claimed, 9 * MINUTE),
    (Platform.queued, 20 * HOUR),
    (Platform.processing, 23 * HOUR),
    (Platform.completed, 9 * MINUTE),
    (Platform.failed, 9 * MINUTE),
    (being_told, 14 * MINUTE),
    (lambda p: told(p, Platform.completed), 300 * DAY),
    (lambda p: told(p, Platform.failed), 300 * DAY),
    (expired, 300 * DAY),
    (redriven, 23 * HOUR),
    (tried_again, 20 * HOUR),
]


@pytest.mark.parametrize(("life", "seconds"), HEALTHY)
def test_a_healthy_job_is_left_alone(
    platform: Platform, life: Callable[[Platform], str], seconds: int
) -> None:
    job_id = life(platform)
    before = (platform.row(job_id), platform.stored(job_id), platform.executions())
    platform.clock.advance(seconds)
    run = platform.sweep()
    assert (run.repairs, run.failures) == ({}, 0)
    assert before == (platform.row(job_id), platform.stored(job_id), platform.executions())
    assert platform.told() == []
