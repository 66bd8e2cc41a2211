"""What the making of one transcript cost."""

from __future__ import annotations

from typing import Final

_SECONDS_PER_HOUR: Final = 3600


def of_worker_seconds(seconds: float, price_usd_per_hour: float) -> float:
    """US dollars for a worker's time, by far the largest part of a transcript's cost.

    Orchestration, storage and mail are left out: they are the same small sum for every
    file, and no event of one job says what they were.

    Args:
        seconds: the time workers spent on the job's chunks.
        price_usd_per_hour: what one worker costs in an hour.
    """
    return round(seconds / _SECONDS_PER_HOUR * price_usd_per_hour, 6)
