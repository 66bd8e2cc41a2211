"""A message that this worker holds, made ready to be worked on: checked, and its audio fetched."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scribe import schemas
from scribe.adapters.callbacks import Callbacks, TokenDead
from scribe.errors import ScribeError, ShapeInvalid

from worker import chunk
from worker.logs import fields
from worker.progress import DoneChunks

if TYPE_CHECKING:
    from scribe.adapters.storage import Storage
    from scribe.shapes import ChunkMessage, ChunkOutcome

    from worker.deliveries import Delivery, Queues

logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Assignment:
    """A chunk that no other worker has.

    Attributes:
        delivery: the receipt of its message.
        message: the task and its token.
        ready: the audio to work on, or the answer if that is known without any work.
        hold: ends the extension of the message's invisibility.
    """

    delivery: Delivery
    message: ChunkMessage
    ready: chunk.Audio | ChunkOutcome | ScribeError | TokenDead
    hold: contextlib.ExitStack = field(repr=False)

    def let_go(self) -> None:
        """Stop extending the message's invisibility."""
        self.hold.close()


@dataclass(frozen=True)
class Desk:
    """Where a worker takes its assignments from, and to whom it says how they ended."""

    queues: Queues
    callbacks: Callbacks
    storage: Storage
    done: DoneChunks = field(default_factory=DoneChunks)

    def take(self, wait_seconds: int) -> Assignment | None:
        """Receive one message and make it ready; None if there is none, or not a readable one."""
        delivery = self.queues.receive(wait_seconds)
        if delivery is None:
            return None
        try:
            message = _parse(delivery.body)
        except ShapeInvalid as error:
            # Nobody can be answered without a token. The message shows again until the queue
            # moves it to the dead letters, where the operators find it.
            logger.error(  # noqa: TRY400  # a trace of the parser tells nothing
                "a message is not a chunk message",
                extra=fields(error=str(error), receive_count=delivery.receive_count),
            )
            return None
        hold = contextlib.ExitStack()
        hold.enter_context(self.queues.hidden(delivery))
        return Assignment(delivery, message, self._make_ready(message), hold)

    def hand_back(self, assignment: Assignment) -> None:
        """Let another worker have the chunk at once."""
        assignment.let_go()
        self.queues.hand_back(assignment.delivery)
        logger.info("chunk handed back", extra=chunk.log_fields(assignment.message["task"]))

    def _make_ready(
        self, message: ChunkMessage
    ) -> chunk.Audio | ChunkOutcome | ScribeError | TokenDead:
        if self.callbacks.is_dead(message["task_token"]):
            return TokenDead("before the work began")
        try:
            stored = chunk.stored_outcome(self.storage, message["task"])
            return stored or chunk.fetch(self.storage, message["task"])
        except ScribeError as error:
            return error


def _parse(body: str) -> ChunkMessage:
    try:
        message: ChunkMessage = json.loads(body)
    except json.JSONDecodeError as error:
        raise ShapeInvalid("chunk-message: no JSON") from error
    schemas.validate("chunk-message", message)
    return message
