"""The next chunk is taken late, once, and not kept if the current one takes too long."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from worker.assignment import Assignment
from worker.prefetch import Prefetch

from tests.worker.support import chunk_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.worker.conftest import Platform


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def prefetch(platform: Platform, executor: ThreadPoolExecutor, *, wanted: bool = True) -> Prefetch:
    desk = platform.desk()
    return Prefetch(lambda: desk.take(0, executor), desk.hand_back, executor, lambda: wanted)


def test_nothing_is_taken_before_the_last_fifth(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    platform.send(chunk_task())
    current = prefetch(platform, executor)
    current.progress(0.79)
    assert current.result() is None
    assert platform.waiting() == 1


def test_one_chunk_is_taken_however_often_progress_is_told(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    for index in range(2):
        platform.send(chunk_task(index))
    current = prefetch(platform, executor)
    for done in (0.8, 0.9, 1.0):
        current.progress(done)
    following = current.result()
    assert isinstance(following, Assignment)
    assert (platform.waiting(), platform.in_flight()) == (1, 1)
    following.let_go()


def test_a_chunk_that_is_not_wanted_is_not_taken(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    platform.send(chunk_task())
    current = prefetch(platform, executor, wanted=False)
    current.progress(1.0)
    assert current.result() is None
    assert platform.waiting() == 1


def test_a_chunk_is_kept_while_the_current_one_is_in_time(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    platform.send(chunk_task())
    current = prefetch(platform, executor)
    current.progress(0.8)
    current.give_up_if_late()
    following = current.result()
    assert following
    following.let_go()


def test_a_chunk_is_handed_back_when_the_current_one_overruns(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    platform.send(chunk_task())
    desk = platform.desk()
    current = Prefetch(
        lambda: desk.take(0, executor), desk.hand_back, executor, lambda: True, patience_seconds=0.0
    )
    current.progress(0.8)
    time.sleep(0.1)
    current.give_up_if_late()
    assert current.result() is None
    assert (platform.waiting(), platform.in_flight()) == (1, 0)


def test_giving_up_does_not_wait_for_audio_that_does_not_come(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    platform.send(chunk_task())
    desk, arrival = platform.desk(), threading.Event()
    with ThreadPoolExecutor(1) as fetcher:
        fetcher.submit(arrival.wait)
        current = Prefetch(lambda: desk.take(0, fetcher), desk.hand_back, executor, lambda: True)
        current.progress(0.8)
        current.give_up()
        assert (platform.waiting(), platform.in_flight()) == (1, 0)
        arrival.set()


def test_what_remains_follows_from_what_is_done(
    platform: Platform, executor: ThreadPoolExecutor
) -> None:
    current = prefetch(platform, executor)
    assert current.remaining_seconds() == float("inf")
    current.progress(0.5)
    half = current.remaining_seconds()
    current.progress(0.75)
    assert 0 < current.remaining_seconds() < half
