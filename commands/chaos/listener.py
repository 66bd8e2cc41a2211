"""Another system that listens to the events about ended jobs: a rule and a queue of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, Final

from commands.chaos.evidence import Told

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

    from local.aws import LocalAws

DETAIL_TYPES: Final = ("Job Completed", "Job Failed")


class Listener:
    """Hears every event from its making on.

    Args:
        aws: whose default bus is listened to.
    """

    QUEUE: ClassVar = "listener"

    def __init__(self, aws: LocalAws) -> None:
        self._sqs: SQSClient = aws.client("sqs")
        events: EventBridgeClient = aws.client("events")
        self._url = self._sqs.create_queue(QueueName=self.QUEUE)["QueueUrl"]
        described = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"detail-type": DETAIL_TYPES})
        events.put_rule(Name=self.QUEUE, EventPattern=pattern)
        target = {"Id": "queue", "Arn": described["Attributes"]["QueueArn"]}
        events.put_targets(Rule=self.QUEUE, Targets=[target])  # type: ignore[list-item]  # its keys are the type's
        self._heard: list[Told] = []

    def heard(self) -> list[Told]:
        """Every event until now, doubled ones as often as they came."""
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                detail = json.loads(message["Body"])["detail"]
                self._heard.append(Told(detail["job_id"], detail["outcome"], detail["attempt"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return list(self._heard)
