"""Takes the next chunk while the current one ends, and gives it back if the end is late."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from worker.assignment import Assignment

_LAST_FIFTH: Final = 0.8


class Prefetch:
    """The next chunk of one worker, taken at most once during one chunk.

    Not before the last fifth: a chunk that waits here could be worked on elsewhere.

    Args:
        take: receives one chunk, without waiting for one to come, and begins to fetch it.
        hand_back: lets another worker have it.
        executor: where the taking runs.
        wanted: asked before a chunk is taken; False when this worker is about to end.
        patience_seconds: how late the current chunk may be at least, before it counts as late.
    """

    def __init__(
        self,
        take: Callable[[], Assignment | None],
        hand_back: Callable[[Assignment], None],
        executor: Executor,
        wanted: Callable[[], bool],
        patience_seconds: float = 10.0,
    ) -> None:
        self._take = take
        self._hand_back = hand_back
        self._executor = executor
        self._wanted = wanted
        self._patience_seconds = patience_seconds
        self._started = time.monotonic()
        self._due = float("inf")
        self._next: Future[Assignment | None] | None = None
        self._asked = False
        self.done = 0.0
        """The part of the current chunk that is done, from 0 to 1."""

    def progress(self, done: float) -> None:
        """Told by the engine how far the current chunk is."""
        self.done = done
        if done >= _LAST_FIFTH and not self._asked and self._wanted():
            self._asked = True
            # A quarter of the time so far is expected to remain; four times that is late.
            elapsed = time.monotonic() - self._started
            self._due = time.monotonic() + max(self._patience_seconds, elapsed)
            self._next = self._executor.submit(self._take)

    def give_up_if_late(self) -> None:
        """Hand the next chunk back if the current one takes longer than was expected."""
        if time.monotonic() > self._due:
            self.give_up()

    def give_up(self) -> None:
        """Hand the next chunk back, if there is one."""
        if assignment := self.result():
            self._hand_back(assignment)

    def result(self) -> Assignment | None:
        """The next chunk, given out once; its audio may still be on its way."""
        waiting, self._next = self._next, None
        self._due = float("inf")
        return waiting.result() if waiting else None

    def remaining_seconds(self) -> float:
        """An estimate of what the current chunk still takes; infinite before any progress."""
        if self.done <= 0:
            return float("inf")
        return (time.monotonic() - self._started) * (1 - self.done) / self.done
