"""Records finished chunks on their job, for whoever watches it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe.errors import StorageUnavailable, Superseded

from worker import chunk

if TYPE_CHECKING:
    from scribe.adapters.chunk_progress import ChunkProgress
    from scribe.shapes import ChunkTask

logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class DoneChunks:
    """The chunks that are done, on their jobs.

    They are a courtesy: a job is complete when its chunks are answered, whatever its row says
    of them. So a row that cannot be written is logged, and the chunk goes on.

    Attributes:
        rows: None where there is no such table, as for a worker that runs by itself.
    """

    rows: ChunkProgress | None = None

    def record(self, task: ChunkTask) -> None:
        """Record that a chunk's result is stored; a language detection is none of the chunks."""
        if self.rows is None or task["kind"] == "detect":
            return
        try:
            self.rows.record(
                task["user_id"],
                task["job_id"],
                execution_arn=task["execution_arn"],
                index=task["index"],
            )
        except (StorageUnavailable, Superseded) as error:
            # Not its text: the service may repeat the request in it.
            logger.warning(
                "progress was not recorded",
                extra=chunk.log_fields(task, error=type(error).__name__),
            )
