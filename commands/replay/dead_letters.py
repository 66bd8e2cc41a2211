"""Sends the messages of a dead-letter queue to the queue that gave them up, once more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_RECEIVED_AT_ONCE: Final = 10
_HIDDEN_SECONDS: Final = 60


@dataclass(frozen=True)
class DeadLetters:
    """One dead-letter queue, and where its messages belong.

    By hand and not by StartMessageMoveTask, which the local AWS does not have: one way for both.

    Attributes:
        client: SQS's.
        queue_url: of the dead-letter queue.
        destination_url: of the queue whose consumer is to try again.
    """

    client: SQSClient
    queue_url: str
    destination_url: str

    def count(self) -> int:
        """How many messages wait, as of some moments ago."""
        answer = self.client.get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def move(self, limit: int) -> int:
        """Move messages, and return how many were.

        A message is deleted when it is stored where it belongs. One that breaks off between the
        two is there twice, which every consumer bears.

        Args:
            limit: the most to move: those that come back at once are not chased in a circle.
        """
        moved = 0
        with ThreadPoolExecutor(_RECEIVED_AT_ONCE) as threads:
            while moved < limit and (batch := self._receive(limit - moved)):
                moved += len(list(threads.map(self._move_one, batch)))
        return moved

    def _move_one(self, message: MessageTypeDef) -> None:
        self.client.send_message(QueueUrl=self.destination_url, MessageBody=message["Body"])
        self.client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _receive(self, wanted: int) -> list[MessageTypeDef]:
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=min(wanted, _RECEIVED_AT_ONCE),
            VisibilityTimeout=_HIDDEN_SECONDS,
            # Long enough to ask all of SQS's servers.
            WaitTimeSeconds=1,
        )
        return answer.get("Messages", [])
