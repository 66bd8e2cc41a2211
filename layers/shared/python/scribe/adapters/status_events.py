"""The notifications queue, and messages to it in the place of status events that were lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from scribe import schemas

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from scribe.sweeping import Ended


class QueueUnavailable(Exception):
    """SQS refused or did not answer after the client's own retries."""


class StatusEvents:
    """Sends messages that `notify` takes as it takes EventBridge's own.

    Args:
        client: SQS's.
        queue_url: of the notifications queue.

    Raises:
        QueueUnavailable: from every method, when SQS does not do its part.
    """

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def waiting(self) -> int:
        """About how many messages the queue holds, those being worked on too."""
        try:
            attributes = self._client.get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"looking at the notifications queue: {error}") from error
        return sum(int(count) for count in attributes.values())

    def send(self, execution_arn: str, status: Ended) -> None:
        """Say that an execution ended.

        Args:
            execution_arn: which.
            status: how. Without its input a success is looked up too, before anybody is told.
        """
        event = {
            "detail-type": "Step Functions Execution Status Change",
            "detail": {"executionArn": execution_arn, "status": status},
        }
        schemas.validate("status-event", event)
        try:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(event))
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"sending a status event: {error}") from error
