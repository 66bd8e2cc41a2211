"""A message that this worker holds, while its chunk is made ready to be worked on."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from scribe.adapters.callbacks import Callbacks, TokenDead
from scribe.errors import ScribeError, ShapeInvalid

from worker import chunk, messages
from worker.logs import fields
from worker.progress import DoneChunks

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from scribe.adapters.storage import Storage
    from scribe.shapes import ChunkMessage, ChunkOutcome

    from worker.deliveries import Delivery, Queues

logger: Final = logging.getLogger(__name__)


Ready: TypeAlias = "chunk.Audio | ChunkOutcome | ScribeError | TokenDead"


@dataclass(frozen=True)
class Assignment:
    """A chunk that no other worker has.

    Attributes:
        delivery: the receipt of its message.
        message: the task and its token.
        ready: the audio to work on, or the answer if that is known without any work. It is
            fetched elsewhere, so that whoever holds the message can hand it back meanwhile.
        hold: ends the extension of the message's invisibility.
    """

    delivery: Delivery
    message: ChunkMessage
    ready: Future[Ready]
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

    def take(self, wait_seconds: int, fetcher: Executor) -> Assignment | None:
        """Receive one message and begin to make it ready.

        Args:
            wait_seconds: how long to wait for a message.
            fetcher: where the audio is fetched.

        Returns:
            None if there is no message, or not a readable one.
        """
        delivery = self.queues.receive(wait_seconds)
        if delivery is None:
            return None
        try:
            message: ChunkMessage = messages.parse(delivery.body, "chunk-message")
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
        return Assignment(delivery, message, fetcher.submit(self._make_ready, message), hold)

    def hand_back(self, assignment: Assignment) -> None:
        """Let another worker have the chunk at once."""
        assignment.ready.cancel()
        assignment.let_go()
        self.queues.hand_back(assignment.delivery)
        logger.info("chunk handed back", extra=chunk.log_fields(assignment.message["task"]))

    def _make_ready(self, message: ChunkMessage) -> Ready:
        task = message["task"]
        try:
            with chunk.named_errors():
                if self.callbacks.is_dead(message["task_token"]):
                    return TokenDead("before the work began")
                stored = chunk.stored_outcome(self.storage, task)
                return stored or chunk.fetch(self.storage, task)
        except ScribeError as error:
            return error
