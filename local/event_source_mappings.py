"""Lambda's event source mappings: pollers that take messages from SQS to functions as AWS does."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import boto3
from moto.awslambda.models import lambda_backends
from moto.sqs.models import sqs_backends

from local.background import start
from local.context import ACCOUNT_ID, REGION
from local.lambda_functions import running

if TYPE_CHECKING:
    from moto.awslambda.models import EventSourceMapping
    from moto.sqs.models import Queue
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from local.context import Context

LOOK_SECONDS: Final = 0.2
"""How often a poller looks at an idle queue; a look costs microseconds, a receive milliseconds."""
STANDARD_CONCURRENCY: Final = 5
"""How many batches AWS runs at once before it scales up."""
RECEIVE_LIMIT: Final = 10
"""How many messages SQS gives in one call."""

logger = logging.getLogger(__name__)
_pollers: dict[str, Poller] = {}


def install(context: Context) -> None:
    """Do nothing yet: pollers start with the mappings that they serve."""
    del context


def reconcile(context: Context) -> None:
    """Start a poller for each new mapping of a queue and stop those whose mapping is gone."""
    mappings = lambda_backends[ACCOUNT_ID][REGION]._event_source_mappings
    for identifier in _pollers.keys() - mappings.keys():
        _pollers.pop(identifier).stop()
    for identifier, mapping in list(mappings.items()):
        if identifier not in _pollers and ":sqs:" in mapping.event_source_arn:
            _pollers[identifier] = Poller(mapping, context)
            start(_pollers[identifier].poll)


class Poller:
    """Takes batches of messages from one queue to one function while its mapping is enabled.

    Args:
        mapping: read anew at every turn, so that an update takes effect at once.
        context: the local AWS that both belong to.
    """

    def __init__(self, mapping: EventSourceMapping, context: Context) -> None:
        self._mapping = mapping
        self._sqs: SQSClient = boto3.Session().client("sqs", endpoint_url=context.endpoint_url)
        self._running = 0
        self._changed = threading.Condition()
        self._stopped = False

    def stop(self) -> None:
        """Take no more batches; those in progress are finished."""
        self._stopped = True

    def poll(self) -> None:
        """Take batches until stopped."""
        while not self._stopped:
            queue = _queue(self._mapping.event_source_arn)
            if queue is None or not self._mapping.enabled or not _has_visible_message(queue):
                time.sleep(LOOK_SECONDS)
                continue
            with self._changed:
                if not self._changed.wait_for(self._has_room, LOOK_SECONDS):
                    continue
            url = self._sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
            messages = self._collect(url)
            if messages:
                with self._changed:
                    self._running += 1
                start(self._handle, url, messages)

    def _has_room(self) -> bool:
        scaling = self._mapping.scaling_config or {}
        return self._running < int(scaling.get("MaximumConcurrency", STANDARD_CONCURRENCY))

    def _collect(self, url: str) -> list[MessageTypeDef]:
        """Receive until the batch is full or its window, which the first message opens, is over."""
        size = self._mapping.batch_size
        window = float(self._mapping.max_batch_window or 0)
        messages: list[MessageTypeDef] = []
        closes = time.monotonic() + window
        while True:
            received = self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(RECEIVE_LIMIT, size - len(messages)),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            messages += received
            if len(messages) >= size or not messages:
                return messages
            if not received:
                if time.monotonic() >= closes:
                    return messages
                time.sleep(min(LOOK_SECONDS, window))
            elif window == 0:
                return messages

    def _handle(self, url: str, messages: list[MessageTypeDef]) -> None:
        try:
            done = self._invoke(messages)
            for message in messages:
                if message["MessageId"] in done:
                    self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify()

    def _invoke(self, messages: list[MessageTypeDef]) -> set[str]:
        """Run the function on a batch; return the ids of the messages that it has dealt with."""
        mapping = self._mapping
        function = lambda_backends[ACCOUNT_ID][REGION].get_function(mapping.function_arn)
        records = [_record(message, mapping.event_source_arn) for message in messages]
        outcome = running().run(function, json.dumps({"Records": records}))
        identifiers = {message["MessageId"] for message in messages}
        if outcome.failed:
            return set()
        if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
            return identifiers
        return identifiers - failed_items(json.loads(outcome.payload), identifiers)


def failed_items(response: Any, identifiers: set[str]) -> set[str]:
    """Return which messages failed, by AWS's rules for partial batch responses.

    Nothing, an empty object and an empty list say that all succeeded. A malformed response,
    an empty identifier and one that is not of this batch say that all failed.
    """
    if not response:
        return set()
    if not isinstance(response, dict):
        return identifiers
    failures = response.get("batchItemFailures") or []
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return identifiers
    return identifiers if failed - identifiers else failed


def _queue(arn: str) -> Queue | None:
    return sqs_backends[ACCOUNT_ID][REGION].queues.get(arn.rsplit(":", 1)[-1])


def _has_visible_message(queue: Queue) -> bool:
    return any(message.visible and not message.delayed for message in list(queue._messages))


def _record(message: MessageTypeDef, source_arn: str) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                **{key[0].lower() + key[1:]: value for key, value in attribute.items()},
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source_arn,
        "awsRegion": REGION,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record
