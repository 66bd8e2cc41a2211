"""A worker that is told to stop: what it finishes, what it hands back, and how soon."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.worker.support import ScriptedEngine, chunk_task, eventually

if TYPE_CHECKING:
    from worker.engine.protocol import Progress
    from worker.fleet import Fleet

    from tests.worker.conftest import Platform

LONGER_THAN_HANDING_BACK_TAKES = 4


def let_go(fleet: Fleet, release: threading.Event) -> None:
    """End the engine's work, which in a process of its own would end with the process."""
    release.set()
    fleet._worker.shutdown()


def test_a_stopped_worker_finishes_what_fits_and_takes_nothing_more(platform: Platform) -> None:
    def stop(progress: Progress) -> None:
        progress(0.5)
        fleet.stop()

    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    fleet = platform.worker(ScriptedEngine(stop), platform.settings(chunks=100))
    assert fleet.run()
    assert platform.callbacks.succeeded.keys() == {"token-0"}
    assert (platform.waiting(), platform.in_flight()) == (1, 0)


def test_a_stopped_worker_hands_back_what_does_not_fit(platform: Platform) -> None:
    release = threading.Event()

    def hang(progress: Progress) -> None:
        progress(0.01)
        fleet.stop()
        release.wait(20)

    platform.send(chunk_task())
    settings = platform.settings(chunks=100, stop_timeout_seconds=LONGER_THAN_HANDING_BACK_TAKES)
    fleet = platform.worker(ScriptedEngine(hang), settings)
    assert fleet.run() is False
    assert (platform.waiting(), platform.in_flight()) == (1, 0)
    let_go(fleet, release)


def test_a_stopped_worker_hands_the_next_chunk_back_with_the_current_one(
    platform: Platform,
) -> None:
    release, taken = threading.Event(), list[bool]()

    def hang(progress: Progress) -> None:
        progress(0.8)
        taken.append(eventually(lambda: platform.in_flight() == 2))
        fleet.stop()
        release.wait(20)

    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    # All of the time is kept for handing back.
    settings = platform.settings(chunks=100, stop_timeout_seconds=0)
    fleet = platform.worker(ScriptedEngine(hang), settings)
    assert fleet.run() is False
    assert taken == [True]
    assert (platform.waiting(), platform.in_flight()) == (2, 0)
    let_go(fleet, release)


def test_a_stopped_worker_hands_the_next_chunk_back_when_it_finishes_the_current_one(
    platform: Platform,
) -> None:
    taken: list[bool] = []

    def stop(progress: Progress) -> None:
        progress(0.8)
        taken.append(eventually(lambda: platform.in_flight() == 2))
        fleet.stop()

    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    fleet = platform.worker(ScriptedEngine(stop), platform.settings(chunks=100))
    fleet.run()
    assert taken == [True]
    assert len(platform.callbacks.succeeded) == 1
    assert (platform.waiting(), platform.in_flight()) == (1, 0)


def test_a_worker_that_is_stopped_before_it_begins_takes_no_chunk(platform: Platform) -> None:
    platform.send(chunk_task())
    fleet = platform.worker()
    fleet.stop()
    assert fleet.run()
    assert (platform.waiting(), platform.in_flight()) == (1, 0)
