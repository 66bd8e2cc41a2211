"""The loop of a warm worker: receive, transcribe, store, answer, delete; one chunk at a time."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, TypeAlias

from scribe.adapters.callbacks import TokenDead
from scribe.errors import ScribeError, StorageUnavailable

from worker import chunk, pulse
from worker.prefetch import Prefetch
from worker.protection import protected

if TYPE_CHECKING:
    from scribe.shapes import ChunkOutcome

    from worker.assignment import Assignment, Desk
    from worker.settings import FleetSettings

logger: Final = logging.getLogger(__name__)

Answer: TypeAlias = "ChunkOutcome | ScribeError | TokenDead"

_LOOK_SECONDS: Final = 0.2
"""How often a busy worker looks whether it should stop."""
_HAND_BACK_SECONDS: Final = 3.0
"""What handing back may take; kept free at the end of the stop time-out."""


class Fleet:
    """One worker of the fleet.

    The work runs in a thread of its own, so that the main thread sees a signal at once even
    while the decoder runs.

    Args:
        desk: where assignments come from.
        work: what does them.
        settings: times and limits.
        beat: called whenever the worker has moved: a turn of the loop, a step of a chunk.
    """

    def __init__(
        self,
        desk: Desk,
        work: chunk.Work,
        settings: FleetSettings,
        beat: pulse.Beat = pulse.still,
    ) -> None:
        self._desk = desk
        self._work = work
        self._settings = settings
        self._beat = beat
        self._finished = 0
        self._disk_is_full = False
        self._stop_at: float | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="work")
        self._prefetcher = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
        # The current chunk's audio, and the next one's.
        self._fetcher = ThreadPoolExecutor(2, thread_name_prefix="fetch")

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        if self._stop_at is None:
            self._stop_at = time.monotonic() + self._settings.stop_timeout_seconds

    def run(self) -> bool:
        """Work until stopped, recycled or damaged.

        Returns:
            True if nothing runs any more; False if a chunk was handed back while it is still
            fetched or transcribed, and the process must end without waiting for its threads.
        """
        following: Assignment | None = None
        while self._goes_on():
            self._beat()
            following = following or self._take(self._settings.poll_seconds)
            if following is None or not self._goes_on():
                continue
            assignment = following
            with protected(self._settings.ecs_agent_uri):
                prefetch = self._prefetch()
                task = self._worker.submit(self._finish, assignment, prefetch)
                if not self._attend(task, assignment, prefetch):
                    prefetch.give_up()
                    self._desk.hand_back(assignment)
                    return False
                task.result()
            following = prefetch.result()
        if following is None:
            return True
        self._desk.hand_back(following)
        return following.ready.done()

    def _goes_on(self, ahead: int = 0) -> bool:
        return (
            self._stop_at is None
            and not self._work.engine.damaged
            and not self._disk_is_full
            and self._finished + ahead < self._settings.recycle_after_chunks
        )

    def _take(self, wait_seconds: int) -> Assignment | None:
        return self._desk.take(wait_seconds, self._fetcher)

    def _prefetch(self) -> Prefetch:
        return Prefetch(
            take=lambda: self._take(wait_seconds=0),
            hand_back=self._desk.hand_back,
            executor=self._prefetcher,
            wanted=lambda: self._goes_on(ahead=1),
        )

    def _attend(self, task: Future[None], assignment: Assignment, prefetch: Prefetch) -> bool:
        """Wait for the work; False if it cannot end before the worker must."""
        while not wait([task], timeout=_LOOK_SECONDS).done:
            prefetch.give_up_if_late()
            if self._stop_at is not None:
                left = self._stop_at - _HAND_BACK_SECONDS - time.monotonic()
                # Nothing is lost of a chunk whose audio is not even there.
                if left <= 0 or not assignment.ready.done():
                    return False
                if prefetch.done and prefetch.remaining_seconds() > left:
                    return False
        return True

    def _finish(self, assignment: Assignment, prefetch: Prefetch) -> None:
        """Work on a chunk, answer, and delete its message if the answer was given."""
        try:
            answer = self._answer(assignment, prefetch)
            is_answered = self._tell(assignment, answer)
            assignment.let_go()
            if is_answered:
                self._desk.queues.delete(assignment.delivery)
        finally:
            self._finished += 1
            assignment.let_go()  # also when something unforeseen was raised

    def _answer(self, assignment: Assignment, prefetch: Prefetch) -> Answer:
        ready = assignment.ready.result()
        if not isinstance(ready, chunk.Audio):
            return ready
        task, times = assignment.message["task"], assignment.delivery.receive_count
        if times > 1:
            logger.info("chunk was received before", extra=chunk.log_fields(task, times=times))

        def progress(done: float) -> None:
            self._beat()
            prefetch.progress(done)

        try:
            return self._work.perform(
                task,
                ready,
                # Another worker may have been killed for the memory that it took.
                batch_scale=1.0 if times == 1 else 0.5,
                progress=progress,
            )
        except ScribeError as error:
            # The container that takes this one's place has a disk of its own.
            self._disk_is_full = chunk.is_disk_full(error.__cause__)
            return error

    def _tell(self, assignment: Assignment, answer: Answer) -> bool:
        """Answer the waiting state; False if the message must show again."""
        task, token = assignment.message["task"], assignment.message["task_token"]
        callbacks = self._desk.callbacks
        try:
            if isinstance(answer, TokenDead):
                raise answer
            if isinstance(answer, ScribeError):
                logger.warning(
                    "chunk failed",
                    extra=chunk.log_fields(task, error=type(answer).__name__, cause=str(answer)),
                    exc_info=answer.__cause__,
                )
                callbacks.fail(token, answer)
            else:
                # Before the answer: after it, nobody would record the chunk if this worker died.
                self._desk.done.record(task)
                callbacks.succeed(token, answer)
        except TokenDead as dead:
            logger.info("nobody waits for the chunk", extra=chunk.log_fields(task, why=str(dead)))
        except StorageUnavailable as error:
            logger.warning("no answer given", extra=chunk.log_fields(task, error=str(error)))
            return False
        return True
