"""The warm sandboxes that have no event at the moment, and how many more may be started."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from local.lambda_process import Sandbox

MOST_SANDBOXES: Final = 4 * (os.cpu_count() or 1)
"""Of one form; more events wait. On one machine, more of them make all of them slower."""


class PoolClosed(RuntimeError):
    """The local AWS is ending: nothing more runs."""


class Pool:
    """Sandboxes by their form: what makes one as good as another.

    Args:
        most: how many sandboxes of one form there may be.
    """

    def __init__(self, most: int = MOST_SANDBOXES) -> None:
        self._most = most
        self._idle: defaultdict[str, list[Sandbox]] = defaultdict(list)
        self._places: defaultdict[str, int] = defaultdict(int)
        self._changed = threading.Condition()
        self._closed = False

    def take(self, form: str) -> Sandbox | None:
        """Wait for an idle sandbox, or for a place.

        Returns:
            The sandbox; None where the caller has a place, to start another one.

        Raises:
            PoolClosed: neither comes any more.
        """
        with self._changed:
            while not self._closed:
                while self._idle[form]:
                    sandbox = self._idle[form].pop()
                    if sandbox.is_usable:
                        return sandbox
                    self._places[form] -= 1
                if self._places[form] < self._most:
                    self._places[form] += 1
                    return None
                self._changed.wait()
        raise PoolClosed

    def put(self, form: str, sandbox: Sandbox) -> None:
        """Take a sandbox back that has run its event."""
        with self._changed:
            self._idle[form].append(sandbox)
            self._changed.notify_all()

    def leave(self, form: str) -> None:
        """Give a place back: its sandbox has ended, or could not be started."""
        with self._changed:
            self._places[form] -= 1
            self._changed.notify_all()

    def without_event_since(self, moment: float) -> list[Sandbox]:
        """Take out the sandboxes that have had no event since a moment, and free their places.

        Args:
            moment: in the seconds of `time.monotonic()`.
        """
        ended = []
        with self._changed:
            for form, idle in self._idle.items():
                old = [sandbox for sandbox in idle if sandbox.last_used <= moment]
                self._idle[form] = [sandbox for sandbox in idle if sandbox not in old]
                self._places[form] -= len(old)
                ended += old
            self._changed.notify_all()
        return ended

    def close(self) -> None:
        """Refuse everybody, also those who wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
