"""Shows that a worker moves: it touches a file, and the container's health check reads its age."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeAlias

from worker.logs import fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Beat: TypeAlias = "Callable[[], None]"

logger: Final = logging.getLogger(__name__)


def still() -> None:
    """Show nothing, where nobody looks."""


class Pulse:
    """The file of one worker.

    A beat is movement, not life: a decoder that hangs in a living process lets the file age.

    Args:
        folder: of the file, which is called `pulse`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "pulse"

    def beat(self) -> None:
        """Make the file, or make it new."""
        try:
            self._path.touch()
        except OSError as error:
            # The work needs no disk. If this lasts, the worker is replaced for its age.
            logger.warning("no pulse", extra=fields(error=type(error).__name__))
