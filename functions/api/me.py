"""The caller: who it is, what it may ask for, and what it has asked for."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from scribe import jobs, limits

from functions.api.operations import Answer, Operations
from functions.api.services import services

if TYPE_CHECKING:
    from functions.api.operations import Request

operations: Final = Operations()


@operations.add("GET", "/me", answers={200: "api-me"})
def get_me(request: Request) -> Answer:
    """Tell the caller's limits and use."""
    user_id = request.caller.user_id
    today = services().usage.today(user_id)
    use = {
        "open_jobs": services().jobs.count_open(user_id),
        "jobs_today": today.jobs,
        "bytes_today": today.bytes,
        "minutes_today": today.minutes,
        "day_ends_at": jobs.timestamp(limits.next_day(datetime.now(UTC))),
    }
    return Answer(
        200,
        {
            "user_id": user_id,
            "email": request.caller.email,
            "limits": dataclasses.asdict(services().limits),
            "use": use,
        },
    )
