"""The sweep twice at once, over many jobs, without enough time, and beside others."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from scribe.adapters import aws

from functions.sweep import handler as function
from functions.sweep import open_jobs_sweep
from functions.sweep.run import Run
from tests.unit.jobs_support import USER
from tests.unit.lambda_support import Context
from tests.unit.sweep_support import DAY, HOUR, MINUTE, PLENTY_MS, Platform, platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from scribe.jobs import Job

__all__ = ["platform"]  # a fixture is found by its name


@pytest.mark.parametrize("life", [Platform.uploaded, Platform.claimed, Platform.announced])
def test_two_sweeps_that_read_the_same_row_repair_it_once(
    platform: Platform, life: Callable[[Platform], str]
) -> None:
    job_id = life(platform)
    stale = platform.row(job_id)
    platform.clock.advance(DAY)
    platform.sweep()
    after = (platform.row(job_id), platform.executions())
    run, slower = Run(lambda: PLENTY_MS), platform.sweeps().open_jobs
    with run.job(USER, job_id):
        slower._look_at(stale, run, platform.clock())
    assert run.failures == 0
    assert _without_stamp(platform.row(job_id)) == _without_stamp(after[0])
    assert platform.executions() == after[1]


def _without_stamp(row: Job) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "updated_at"}


def test_more_jobs_of_one_partition_than_a_run_takes_are_done_by_the_next(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than one BatchGetItem reads; all in one partition.
    monkeypatch.setattr(open_jobs_sweep, "MOST_ROWS", 110)
    for _ in range(125):
        platform.announced(shard="7")
    platform.clock.advance(DAY)
    assert [platform.sweep().repairs["upload_expired"] for _ in range(3)] == [110, 15, 0]


def test_the_index_is_read_to_its_last_page(platform: Platform) -> None:
    found = {platform.announced(shard="7") for _ in range(5)}
    platform.clock.advance(DAY)
    client = aws.dynamodb()
    _in_pages_of(client, 2)
    sweep = platform.sweeps().open_jobs.open_jobs
    sweep._client = client
    unchanged = sweep.unchanged("7", until=platform.clock())
    assert {key.job_id for key in unchanged} == found


def _in_pages_of(client: Any, rows: int) -> None:  # noqa: ANN401  # a boto3 client's events
    def limit(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = rows

    client.meta.events.register("provide-client-params.dynamodb.Query", limit)


def test_a_run_ends_in_time_and_later_ones_reach_every_job(platform: Platform) -> None:
    for _ in range(12):
        platform.announced()
    platform.clock.advance(DAY)
    expired_by_run: list[int] = []
    while sum(expired_by_run) < 12:
        # A second passes at each look at the clock: not enough for all partitions.
        left = itertools.count(100_000, -1000)
        run = Run(functools.partial(next, left))
        platform.sweeps().open_jobs.sweep(run, platform.clock())
        expired_by_run.append(run.repairs["upload_expired"])
        assert len(expired_by_run) < 40
    assert max(expired_by_run) < 12


def test_a_run_without_time_does_nothing(platform: Platform) -> None:
    platform.uploaded()
    platform.clock.advance(DAY)
    assert platform.sweep(Run(lambda: 1000)).looked_at == 0


def test_a_run_looks_at_so_many_executions_that_others_can_too(platform: Platform) -> None:
    for _ in range(3):
        platform.end(platform.processing(), "FAILED")
    platform.clock.advance(HOUR)
    assert platform.sweep(Run(lambda: PLENTY_MS, descriptions=2)).repairs == {"end_told": 2}


def test_where_many_messages_wait_none_is_added(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_jobs_sweep, "MOST_WAITING", 2)
    for _ in range(3):
        platform.completed()
    platform.clock.advance(10 * MINUTE)
    assert platform.sweep().repairs == {"owner_told": 2}
    assert platform.sweep().repairs == {}
    assert len(platform.told()) == 2


def test_the_function_tells_what_it_did(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.announced()
    platform.clock.advance(-2 * DAY)
    platform.announced()
    function._sweeps.cache_clear()
    done = function.handler({}, InTime())
    function._sweeps.cache_clear()
    assert done == {"looked_at": 1, "repairs": {"upload_expired": 1}, "failures": 0}
    printed = capsys.readouterr().out
    assert '"SweepRepairs":[1.0]' in printed
    assert '"repair":"upload_expired"' in printed


class InTime(Context):
    """A call that has its whole time left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return PLENTY_MS
