"""Token buckets: how many requests a route takes at once and in a second."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT_RATE: Final = 10_000.0
ACCOUNT_BURST: Final = 5_000.0
"""An account's limits, which hold where the stage sets none."""


class TokenBucket:
    """A bucket that starts full.

    Args:
        rate: tokens that flow in, per second.
        burst: tokens that it holds.
        now: the time at which it is made, in seconds.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._counted = now

    def take(self, now: float) -> bool:
        """Take a token if there is one at the time `now`."""
        self._tokens = min(self._burst, self._tokens + (now - self._counted) * self._rate)
        self._counted = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttle:
    """The buckets of all routes.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, float, float], TokenBucket] = {}
        self._lock = threading.Lock()

    def admits(self, api_id: str, route_key: str, settings: Mapping[str, Any]) -> bool:
        """Tell whether one more request of a route may pass.

        Args:
            api_id: the API.
            route_key: the route.
            settings: the route's settings; changed limits begin with a full bucket.
        """
        rate = float(settings.get("throttlingRateLimit", ACCOUNT_RATE))
        burst = float(settings.get("throttlingBurstLimit", ACCOUNT_BURST))
        key, now = (api_id, route_key, rate, burst), self._clock()
        with self._lock:
            bucket = self._buckets.setdefault(key, TokenBucket(rate, burst, now))
            return bucket.take(now)
