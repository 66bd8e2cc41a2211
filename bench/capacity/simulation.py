"""A fleet under a policy, minute by minute."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bench.capacity.policy import Observed

if TYPE_CHECKING:
    from bench.capacity.policy import Policy
    from bench.capacity.workloads import Workload

LONGEST_MINUTES: Final = 4 * 24 * 60
"""When a run is given up: a fleet whose largest size is too small never catches up."""


@dataclass(frozen=True)
class Pace:
    """How fast workers are.

    Attributes:
        seconds_per_chunk: what one needs for one chunk.
        start_minutes: from the decision to the first chunk: an instance, the image, the model.
    """

    seconds_per_chunk: float
    start_minutes: int

    @property
    def per_minute(self) -> float:
        """Chunks that one worker does in a minute."""
        return 60 / self.seconds_per_chunk


@dataclass(frozen=True)
class Minute:
    """How the fleet stands at the end of a minute; `took` is what the last chunk done took."""

    waiting: float
    busy: float
    running: int
    wanted: int
    took: float


@dataclass
class Course:
    """What happened.

    Attributes:
        minutes: in their order.
        took: minutes from arrival to result, and how many chunks took as long.
    """

    minutes: list[Minute] = field(default_factory=list)
    took: list[tuple[float, float]] = field(default_factory=list)

    @property
    def worker_hours(self) -> float:
        """What is paid for: every worker that is wanted, from its start on."""
        return sum(max(minute.running, minute.wanted) for minute in self.minutes) / 60

    @property
    def busy_share(self) -> float:
        """How much of that was work."""
        return sum(minute.busy for minute in self.minutes) / 60 / self.worker_hours

    @property
    def most_workers(self) -> int:
        """The largest fleet that was wanted."""
        return max(minute.wanted for minute in self.minutes)

    def took_at_most(self, share: float) -> float:
        """The minutes within which this share of the chunks was done."""
        in_order = sorted(self.took)
        sums = itertools.accumulate(count for _, count in in_order)
        needed = share * sum(count for _, count in in_order) - 1e-6
        return next(took for (took, _), done in zip(in_order, sums, strict=True) if done >= needed)

    def turns(self, within_minutes: int = 10) -> int:
        """How often the fleet grew within so many minutes of having shrunk."""
        sizes = [minute.wanted for minute in self.minutes]
        changes = [
            (at, after - before)
            for at, (before, after) in enumerate(itertools.pairwise(sizes))
            if before != after
        ]
        return sum(
            first < 0 < second and later - at <= within_minutes
            for (at, first), (later, second) in itertools.pairwise(changes)
        )


class Fleet:
    """Workers, those that are on their way, and the queue before them."""

    def __init__(self, workers: int, pace: Pace) -> None:
        self._pace = pace
        self.running = self.wanted = workers
        self._starting: deque[tuple[int, int]] = deque()  # (minute of arrival, how many)
        self._queue: deque[tuple[int, float]] = deque()  # (minute of arrival, chunks)
        self.waiting = 0.0

    def resize(self, wanted: int, minute: int) -> None:
        """Want so many workers; those that did not start yet go first, busy ones last."""
        change = wanted - self.wanted
        self.wanted = wanted
        if change > 0:
            self._starting.append((minute + self._pace.start_minutes, change))
        while change < 0 and self._starting:
            due, count = self._starting.pop()
            if count + change > 0:
                self._starting.append((due, count + change))
            change = min(0, count + change)
        self.running += min(0, change)

    def work(self, minute: int, arriving: float) -> tuple[list[tuple[float, float]], float]:
        """Work for a minute.

        Returns:
            What chunks took and how many of them; how many workers were busy.
        """
        while self._starting and self._starting[0][0] <= minute:
            self.running += self._starting.popleft()[1]
        if arriving:
            self._queue.append((minute, arriving))
            self.waiting += arriving
        room = self.running * self._pace.per_minute
        done = []
        while room > 1e-9 and self._queue:
            arrived, count = self._queue.popleft()
            taken = min(room, count)
            if taken < count:
                self._queue.appendleft((arrived, count - taken))
            room -= taken
            self.waiting -= taken
            done.append((minute - arrived + self._pace.seconds_per_chunk / 60, taken))
        finished = sum(count for _, count in done)
        return done, finished / self._pace.per_minute


def simulate(policy: Policy, workload: Workload, pace: Pace) -> Course:
    """Run a day's work, and then until it is done and the fleet is as small as it gets."""
    fleet = Fleet(max(workload.workers, policy.smallest), pace)
    course = Course()
    acted: dict[str, int] = {}
    seen = Observed(workload.waiting, 0.0, float(fleet.wanted))
    for minute in range(LONGEST_MINUTES):
        _scale(policy, fleet, seen, minute, acted)
        arriving = workload.arrivals[minute] if minute < len(workload.arrivals) else 0.0
        if minute == 0:
            arriving += workload.waiting
        took, busy = fleet.work(minute, arriving)
        course.took += took
        course.minutes.append(
            Minute(fleet.waiting, busy, fleet.running, fleet.wanted, took[-1][0] if took else 0.0)
        )
        seen = Observed(fleet.waiting, busy, float(fleet.wanted))
        at_rest = fleet.waiting < 1e-6 and not busy and fleet.wanted == policy.smallest
        if at_rest and minute >= len(workload.arrivals):
            break
    return course


def _scale(
    policy: Policy, fleet: Fleet, seen: Observed, minute: int, acted: dict[str, int]
) -> None:
    for rule, beyond in policy.firing(seen):
        rested = (minute - acted.get(rule.name, -LONGEST_MINUTES)) * 60
        if rested >= rule.adjustment.cooldown_seconds:
            acted[rule.name] = minute
            fleet.resize(policy.wanted(fleet.wanted, rule, beyond), minute)
            return


def longest(course: Course) -> float:
    """What the slowest chunk took, in minutes."""
    return max(minutes for minutes, _ in course.took)
