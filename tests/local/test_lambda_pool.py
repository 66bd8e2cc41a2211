"""How many sandboxes of a function there are, and who gets the one that is free."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

from local.lambda_pool import Pool, PoolClosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.lambda_process import Sandbox

WAIT_SECONDS = 5.0


@dataclass(eq=False)
class Idle:
    """A sandbox as far as the pool looks at it."""

    is_usable: bool = True
    last_used: float = 0.0

    @property
    def as_sandbox(self) -> Sandbox:
        return cast("Sandbox", self)


@pytest.fixture
def another_caller() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_a_sandbox_that_is_free_is_taken_before_another_is_started() -> None:
    pool, warm = Pool(most=2), Idle().as_sandbox
    assert pool.take("api") is None
    pool.put("api", warm)
    assert pool.take("api") is warm


def test_sandboxes_of_another_form_are_not_taken() -> None:
    pool = Pool(most=1)
    assert pool.take("api") is None
    pool.put("api", Idle().as_sandbox)
    assert pool.take("authorizer") is None


def test_whoever_finds_no_place_waits_for_the_next_free_sandbox(
    another_caller: ThreadPoolExecutor,
) -> None:
    pool, warm = Pool(most=1), Idle().as_sandbox
    assert pool.take("api") is None
    waiting = another_caller.submit(pool.take, "api")
    assert not waiting.done()
    pool.put("api", warm)
    assert waiting.result(WAIT_SECONDS) is warm


def test_whoever_finds_no_place_may_start_one_when_another_has_ended(
    another_caller: ThreadPoolExecutor,
) -> None:
    pool = Pool(most=1)
    assert pool.take("api") is None
    waiting = another_caller.submit(pool.take, "api")
    pool.leave("api")
    assert waiting.result(WAIT_SECONDS) is None


def test_a_sandbox_that_died_while_it_was_free_gives_its_place_to_another() -> None:
    pool = Pool(most=1)
    assert pool.take("api") is None
    pool.put("api", Idle(is_usable=False).as_sandbox)
    assert pool.take("api") is None


def test_sandboxes_without_an_event_for_long_are_handed_out_and_their_places_freed() -> None:
    pool, old = Pool(most=2), Idle(last_used=10.0).as_sandbox
    recent = Idle(last_used=20.0).as_sandbox
    assert [pool.take("api"), pool.take("api")] == [None, None]
    pool.put("api", recent)
    pool.put("api", old)
    assert pool.without_event_since(15.0) == [old]
    assert [pool.take("api"), pool.take("api")] == [recent, None]


def test_a_pool_that_is_closed_lets_nobody_wait(another_caller: ThreadPoolExecutor) -> None:
    pool = Pool(most=1)
    assert pool.take("api") is None
    waiting = another_caller.submit(pool.take, "api")
    pool.close()
    with pytest.raises(PoolClosed):
        waiting.result(WAIT_SECONDS)
