"""Messages of the fleet's queues: received one at a time, kept hidden while they are worked on."""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from worker.logs import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient

logger: Final = logging.getLogger(__name__)

_EXTENSIONS_PER_PERIOD: Final = 3
"""How often a message is extended before it would show again: two may fail."""


@dataclass(frozen=True)
class Delivery:
    """One receipt of one message."""

    queue_url: str
    receipt_handle: str
    body: str
    receive_count: int
    """1 for the first receipt; more after a worker was lost or handed the message back."""


class Queues:
    """The queues of a worker, the first asked first.

    A queue that does not answer is logged and asked again: there is nobody to tell, and a
    message that could not be deleted shows again and is answered from its stored result.

    Args:
        client: for SQS.
        urls: in order of urgency; the last one is polled long.
        visibility_seconds: how long a message stays hidden after its worker has died.
    """

    def __init__(self, client: SQSClient, urls: Sequence[str], visibility_seconds: int) -> None:
        self._client = client
        self._urls = urls
        self._visibility_seconds = visibility_seconds

    def receive(self, wait_seconds: int) -> Delivery | None:
        """Take one message, or none if there is none within that time."""
        for url in self._urls:
            wait = wait_seconds if url == self._urls[-1] else 0
            with _logged("receive"):
                if delivery := self._receive_from(url, wait):
                    return delivery
        return None

    def delete(self, delivery: Delivery) -> None:
        """The message is answered and must not show again."""
        with _logged("delete"):
            self._client.delete_message(
                QueueUrl=delivery.queue_url, ReceiptHandle=delivery.receipt_handle
            )

    def hand_back(self, delivery: Delivery) -> None:
        """Let another worker have the message at once."""
        with _logged("hand back"):
            self._hide(delivery, seconds=0)

    @contextlib.contextmanager
    def hidden(self, delivery: Delivery) -> Iterator[None]:
        """Keep the message from other workers while the body runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self._keep_hidden, args=(delivery, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _keep_hidden(self, delivery: Delivery, stop: threading.Event) -> None:
        while not stop.wait(self._visibility_seconds / _EXTENSIONS_PER_PERIOD):
            with _logged("extend"):
                self._hide(delivery, self._visibility_seconds)

    def _hide(self, delivery: Delivery, seconds: int) -> None:
        self._client.change_message_visibility(
            QueueUrl=delivery.queue_url,
            ReceiptHandle=delivery.receipt_handle,
            VisibilityTimeout=seconds,
        )

    def _receive_from(self, url: str, wait_seconds: int) -> Delivery | None:
        answer = self._client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=self._visibility_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        for message in answer.get("Messages", ()):
            return Delivery(
                queue_url=url,
                receipt_handle=message["ReceiptHandle"],
                body=message["Body"],
                receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
            )
        return None


@contextlib.contextmanager
def _logged(action: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        logger.warning("the queue did not %s", action, extra=fields(error=str(error)))
