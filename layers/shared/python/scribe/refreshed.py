"""A value that is fetched when it is needed, used for a while, and kept when fetching fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


class FetchFailed(Exception):
    """The value cannot be had at the moment; the text says why, to operators."""


class Refreshed(Generic[Value]):
    """Keeps the last value that could be fetched.

    Args:
        fetch: gets the value, or raises FetchFailed.
        fresh_seconds: how long a value is used before it is fetched again.
        retry_seconds: the least time between two fetches, once there is a value.
        on_failure: is told why a value could not be renewed while the old one stays in use.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        fetch: Callable[[], Value],
        *,
        fresh_seconds: float,
        retry_seconds: float,
        on_failure: Callable[[FetchFailed], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._fresh_seconds = fresh_seconds
        self._retry_seconds = retry_seconds
        self._on_failure = on_failure
        self._clock = clock
        self._value: Value | None = None
        self._fetched_at = 0.0
        self._tried_at = 0.0

    def get(self, suffices: Callable[[Value], bool] = lambda _value: True) -> Value:
        """The value, renewed when it is old or does not suffice, but not too often.

        Args:
            suffices: whether a value serves the caller. The one returned may still not.

        Raises:
            FetchFailed: there is no value yet, and none could be fetched.
        """
        now = self._clock()
        if self._value is None:
            self._value = self._fetch()
            self._fetched_at = self._tried_at = now
            return self._value
        is_fresh = now - self._fetched_at < self._fresh_seconds
        if (is_fresh and suffices(self._value)) or now - self._tried_at < self._retry_seconds:
            return self._value
        self._tried_at = now
        try:
            self._value = self._fetch()
            self._fetched_at = now
        except FetchFailed as failure:
            self._on_failure(failure)
        return self._value
