"""A task of its own: one chunk from the environment, its outcome as a document in S3."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scribe.errors import PermanentError, TransientError

from worker import chunk, messages, pulse
from worker.progress import DoneChunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from scribe.adapters.storage import Storage
    from scribe.shapes import ChunkOutcome, ChunkTask

logger: Final = logging.getLogger(__name__)

_NOWHERE: Final = DoneChunks()


def run(
    text: str,
    storage: Storage,
    load: Callable[[], chunk.Work],
    done: DoneChunks = _NOWHERE,
    beat: pulse.Beat = pulse.still,
) -> None:
    """Do one chunk task and store how it ended.

    A permanent error is an outcome that the state machine reads; a transient one ends the
    process with an exit code, so that the state fails and is retried.

    Args:
        text: the chunk task, as JSON.
        storage: where its audio and its results are.
        load: loads the engine; not called if the result is stored already.
        done: where the finished chunk is recorded.
        beat: called whenever the work has moved.

    Raises:
        ShapeInvalid: the text is no chunk task, so that there is no place for an outcome.
        TransientError: the same work may succeed later.
    """
    beat()
    task: ChunkTask = messages.parse(text, "chunk-task")
    try:
        outcome = _outcome(task, storage, load, beat)
        done.record(task)
    except PermanentError as error:
        logger.warning(
            "chunk failed",
            extra=chunk.log_fields(task, error=type(error).__name__, cause=str(error)),
        )
        outcome = chunk.failed_outcome(task, error)
    except TransientError as error:
        logger.exception("chunk failed", extra=chunk.log_fields(task, error=type(error).__name__))
        raise
    storage.write_json(task["outcome"], "chunk-outcome", outcome)


def _outcome(
    task: ChunkTask, storage: Storage, load: Callable[[], chunk.Work], beat: pulse.Beat
) -> ChunkOutcome:
    if stored := chunk.stored_outcome(storage, task):
        return stored
    audio = chunk.fetch(storage, task)
    return load().perform(task, audio, batch_scale=1.0, progress=lambda _: beat())
