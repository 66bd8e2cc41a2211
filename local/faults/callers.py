"""Who calls AWS: each function's process and each task signs with a key of its own, as on AWS."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

KEY_VARIABLE: Final = "AWS_ACCESS_KEY_ID"
STATE_MACHINES_KEY: Final = "ASIASTATEMACHINES000"

_callers: dict[str, Caller] = {}
_lock = Lock()


@dataclass(frozen=True)
class Caller:
    """A function's process, a task, or the state machines together.

    Attributes:
        name: of the function, or of the family of the task.
        end: ends it at once, as a loss of its host would.
    """

    name: str
    end: Callable[[], None]


def new_key() -> str:
    """An access key that nobody else signs with."""
    return f"ASIA{secrets.token_hex(8).upper()}"


def enter(key: str, caller: Caller) -> None:
    """Know a caller by its key from here on; requests that it signed for others last longer."""
    with _lock:
        _callers[key] = caller


def find(key: str) -> Caller | None:
    """The caller with a key; None for operators and the services themselves."""
    with _lock:
        return _callers.get(key)


enter(STATE_MACHINES_KEY, Caller("states", lambda: None))
