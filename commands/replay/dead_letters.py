"""Sends the messages of a dead-letter queue to the queue that gave them up, once more."""

from __future__ import annotations

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

    By hand and not by StartMessageMoveTask: that one cannot tell where a message comes from
    that EventBridge put here itself.

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
        while moved < limit and (batch := self._receive(limit - moved)):
            for message in batch:
                self.client.send_message(QueueUrl=self.destination_url, MessageBody=message["Body"])
                self.client.delete_message(
                    QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
                moved += 1
        return moved

    def _receive(self, wanted: int) -> list[MessageTypeDef]:
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=min(wanted, _RECEIVED_AT_ONCE),
            VisibilityTimeout=_HIDDEN_SECONDS,
            # Long enough to ask all of SQS's servers.
            WaitTimeSeconds=1,
        )
        return answer.get("Messages", [])
