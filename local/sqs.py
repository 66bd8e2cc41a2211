"""SQS: receiving that is safe between threads, and queues that a stack update really changes."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import flask
from moto.core.common_models import CloudFormationModel
from moto.sqs import models

from local.faults import strike
from local.faults.plan import Happening
from local.patching import replace
from local.template_resource import TemplateResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.context import Context

# A message whose visibility lapses wakes nobody, so a waiting receiver looks again this often.
LOOK_AGAIN_SECONDS: Final = 0.25
MUTABLE_ATTRIBUTES: Final = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)


def install(context: Context) -> None:
    """Patch moto's SQS before its server starts."""
    del context
    _leave_lambda_to_the_pollers()
    _receive_each_message_once()
    _update_queues_in_place()


def _leave_lambda_to_the_pollers() -> None:
    """AWS polls for Lambda in the background; moto calls the function inside SendMessage."""

    def add_message(queue: models.Queue, message: models.Message) -> None:
        mappings, queue.lambda_event_source_mappings = queue.lambda_event_source_mappings, {}
        try:
            original(queue, message)
        finally:
            queue.lambda_event_source_mappings = mappings

    original = replace(models.Queue, "add_message", add_message)


def _receive_each_message_once() -> None:
    """AWS hands a message to one caller that is still there; moto's threads share one, or none."""
    one_at_a_time = threading.RLock()

    def receive_message(
        backend: models.SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[models.Message]:
        queue = backend.get_queue(queue_name)
        deadline = time.monotonic() + wait_seconds_timeout
        while not _caller_has_left():
            with one_at_a_time:
                messages: list[models.Message] = original(
                    backend, queue_name, count, 0, visibility_timeout, message_attribute_names
                )
            _deliver_again_as_the_plan_says(queue, messages)
            remaining = deadline - time.monotonic()
            if messages or remaining <= 0:
                return messages
            _wait_for_news(queue, min(remaining, LOOK_AGAIN_SECONDS))
        return []

    original = replace(models.SQSBackend, "receive_message", receive_message)


def _deliver_again_as_the_plan_says(queue: models.Queue, received: list[models.Message]) -> None:
    """Let messages show again while they are worked on: AWS delivers at least once."""
    for copied in received:
        if strike(Happening("message", "sqs", "Delivery", queue.name, copied.id)) is not None:
            for message in queue._messages:
                if message.id == copied.id:
                    message.change_visibility(0)


def _wait_for_news(queue: models.Queue, seconds: float) -> None:
    with queue._messages_lock:
        queue._messages_lock.wait(seconds)


def _caller_has_left() -> bool:
    """Tell whether the connection of the API call on this thread was closed by its client."""
    if not flask.has_request_context():
        return False
    connection: socket.socket | None = flask.request.environ.get("werkzeug.socket")
    if connection is None or not select.select([connection], [], [], 0)[0]:
        return False
    return connection.recv(1, socket.MSG_PEEK) == b""


def _update_queues_in_place() -> None:
    """AWS applies every changed attribute of a queue; moto's stack update applies two."""

    def update(
        _cls: type[models.Queue],
        original_resource: models.Queue,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> models.Queue:
        del new_resource_name, account_id, region_name
        properties = cloudformation_json.get("Properties", {})
        changed = {name: properties[name] for name in MUTABLE_ATTRIBUTES if name in properties}
        # moto drops a policy that is not set again with the rest.
        original_resource._set_attributes({**changed, "Policy": original_resource.policy})
        return original_resource

    replace(models.Queue, "update_from_cloudformation_json", classmethod(update))


class QueuePolicy(TemplateResource, CloudFormationModel):
    """AWS::SQS::QueuePolicy, which moto does not make; like AWS it replaces a queue's policy."""

    resource_type = "AWS::SQS::QueuePolicy"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Set the policy of every queue named, by its URL."""
        backend = models.sqs_backends[account_id][region_name]
        for url in properties["Queues"]:
            queue = backend.get_queue(url.rsplit("/", 1)[-1])
            queue.policy = json.dumps(properties["PolicyDocument"])
        return name
