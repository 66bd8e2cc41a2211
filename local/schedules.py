"""EventBridge's schedules: rules with a `rate(…)`, which moto keeps and never runs."""

from __future__ import annotations

import logging
import re
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from moto.events.models import events_backends

from local.background import start
from local.context import ACCOUNT_ID, REGION
from local.events import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.events.models import Rule

    from local.context import Context

SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
RATE: Final = re.compile(r"rate\((?P<count>[1-9]\d*) (?P<unit>minute|hour|day)s?\)")
SHORTEST_SECONDS: Final = 1.0
"""However fast the clock: what a schedule starts must come to its end."""

logger = logging.getLogger(__name__)


class Schedules:
    """Knows when each rule is due; its first time is one interval after it was first seen."""

    def __init__(self) -> None:
        self._due_at: dict[tuple[str, str], float] = {}
        self._refused: set[str] = set()

    def due(self, rules: Iterable[Rule], now: float, time_factor: float) -> list[Rule]:
        """The rules to run at a moment.

        Args:
            rules: all that there are.
            now: of a clock that never goes back, in seconds.
            time_factor: what their intervals are multiplied with.
        """
        scheduled = [r for r in rules if r.scheduled_expression and r.state == "ENABLED"]
        known, self._due_at = self._due_at, {}
        found = []
        for rule in scheduled:
            seconds = self._seconds(rule)
            if seconds is None:
                continue
            interval = max(SHORTEST_SECONDS, seconds * time_factor)
            key = (rule.arn, str(rule.scheduled_expression))
            due_at = known.get(key, now + interval)
            if due_at <= now:
                found.append(rule)
                due_at = now + interval
            self._due_at[key] = due_at
        return found

    def _seconds(self, rule: Rule) -> int | None:
        match = RATE.fullmatch(str(rule.scheduled_expression))
        if match is not None:
            return int(match["count"]) * SECONDS[match["unit"]]
        if rule.arn not in self._refused:
            self._refused.add(rule.arn)
            logger.error("%s does not run here: %s", rule.arn, rule.scheduled_expression)
        return None


_schedules = Schedules()


def reconcile(context: Context) -> None:
    """Deliver the event of each rule that is due to its targets."""
    rules = list(events_backends[ACCOUNT_ID][REGION].event_buses["default"].rules.values())
    due = _schedules.due(rules, time.monotonic(), context.time_factor)
    if due:
        delivery = Delivery(context.endpoint_url)
        for rule in due:
            for target in list(rule.targets):
                start(delivery.deliver, rule.arn, target, _event(rule))


def _event(rule: Rule) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [rule.arn],
        "detail": {},
    }
