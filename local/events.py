"""EventBridge: targets and refusals that moto lacks, inputs that it leaves out, dead letters."""

from __future__ import annotations

import copy
import json
import logging
import re
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

import boto3
from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
from moto.events.models import EventsBackend, Rule, events_backends

from local.background import start
from local.context import ACCOUNT_ID, REGION
from local.faults.deliveries import deliver
from local.faults.plan import Happening
from local.patching import replace, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

PLACEHOLDER: Final = re.compile(r"<(?P<name>[A-Za-z0-9_.\-]+)>")
TEXT_OR_PLACEHOLDER: Final = re.compile(rf'"(?:[^"\\]|\\.)*"|{PLACEHOLDER.pattern}')

LARGEST_CALL: Final = 10
RESERVED: Final = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}

logger = logging.getLogger(__name__)


def install(context: Context) -> None:
    """Patch moto's EventBridge before its server starts."""
    _deliver_to_every_target(Delivery(context.endpoint_url))
    _keep_the_names_of_aws()


def publish(source: str, detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
    """Send an AWS service's own event to the rules of the default bus.

    Args:
        source: the service, `aws.states`.
        detail_type: the kind of event, as rules match it.
        detail: the event's own fields.
        resources: the ARNs that it is about.
    """
    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT_ID,
        "time": time.time(),
        "region": REGION,
        "resources": resources,
        "detail": detail,
    }
    for rule in list(events_backends[ACCOUNT_ID][REGION].event_buses["default"].rules.values()):
        rule.send_to_targets(event)


def _deliver_to_every_target(delivery: Delivery) -> None:
    """AWS delivers to functions and state machines too, in the background, with their inputs."""

    def send_to_targets(rule: Rule, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's signature
        del transform_input
        # Without a pattern, as a schedule is, a rule matches nothing; to moto it matches all.
        pattern = rule.event_pattern
        if rule.state == "DISABLED" or not pattern._pattern:
            return
        if not pattern.matches_event(original_event):
            return
        event = _as_delivered(original_event)
        # What services tell is best effort; what users put is delivered at least once.
        operation = "ServiceEvent" if event["source"].startswith("aws.") else "Event"
        happening = Happening("event", "events", operation, rule.name, ",".join(event["resources"]))
        for target in list(rule.targets):
            deliver(happening, start, delivery.deliver, rule.arn, target, event)

    replace(Rule, "send_to_targets", send_to_targets)


def _keep_the_names_of_aws() -> None:
    """Only AWS's services put events whose source begins as theirs do."""

    def put_events(
        original: Callable[..., list[dict[str, Any]]],
        backend: EventsBackend,
        events: list[dict[str, Any]],
    ) -> list[dict[str, Any]]:
        if len(events) > LARGEST_CALL:
            return original(backend, events)
        return [
            RESERVED
            if str(event.get("Source")).startswith("aws.")
            else original(backend, [event])[0]
            for event in events
        ]

    wrap(EventsBackend, "put_events", put_events)


class Delivery:
    """Brings events to targets.

    Args:
        endpoint_url: where the APIs of the targets answer.
    """

    def __init__(self, endpoint_url: str) -> None:
        session = boto3.Session()
        self._sqs = session.client("sqs", endpoint_url=endpoint_url)
        self._lambda = session.client("lambda", endpoint_url=endpoint_url)
        self._step_functions = session.client("stepfunctions", endpoint_url=endpoint_url)

    def deliver(self, rule_arn: str, target: dict[str, Any], event: dict[str, Any]) -> None:
        """Deliver one event to one target, or to the target's dead-letter queue."""
        arn = target["Arn"]
        deliveries: dict[str, Callable[[str, str], object]] = {
            "lambda": self._invoke,
            "sqs": self._send,
            "states": self._start_execution,
        }
        deliver = deliveries.get(arn.split(":")[2])
        if deliver is None:
            logger.error("events of %s cannot be delivered to %s here", rule_arn, arn)
            return
        body = input_of(target, event)
        try:
            deliver(arn, body)
        except Exception as error:
            # Whatever the target's reason, AWS gives the event to the dead-letter queue.
            logger.exception("an event of %s was not delivered to %s", rule_arn, arn)
            dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
            if dead_letters:
                self._bury(dead_letters, rule_arn, arn, body, error)

    def _invoke(self, arn: str, body: str) -> None:
        self._lambda.invoke(FunctionName=arn, InvocationType="Event", Payload=body)

    def _send(self, arn: str, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._url(arn), MessageBody=body)

    def _start_execution(self, arn: str, body: str) -> None:
        self._step_functions.start_execution(
            stateMachineArn=arn, name=str(uuid.uuid4()), input=body
        )

    def _bury(
        self, queue_arn: str, rule_arn: str, target_arn: str, body: str, error: Exception
    ) -> None:
        attributes = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target_arn,
            "ERROR_CODE": type(error).__name__,
            "ERROR_MESSAGE": str(error),
        }
        self._sqs.send_message(
            QueueUrl=self._url(queue_arn),
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

    def _url(self, queue_arn: str) -> str:
        return self._sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[-1])["QueueUrl"]


def input_of(target: dict[str, Any], event: dict[str, Any]) -> str:
    """Return what a target gets of an event: its constant, a part, a transformed text or all."""
    if "Input" in target:
        constant: str = target["Input"]
        return constant
    if "InputPath" in target:
        return json.dumps(value_at(target["InputPath"], event))
    if "InputTransformer" in target:
        return _transformed(target["InputTransformer"], event)
    return json.dumps(event)


def value_at(path: str, event: dict[str, Any]) -> Any:
    """Return what a path such as `$.detail.items[0]` finds in an event, or None."""
    value: Any = event
    for name, index in re.findall(r"([A-Za-z0-9_\-]+)|\[(\d+)\]", path.removeprefix("$")):
        try:
            value = value[int(index) if index else name]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _transformed(transformer: dict[str, Any], event: dict[str, Any]) -> str:
    values = {
        name: value_at(path, event) for name, path in transformer.get("InputPathsMap", {}).items()
    }

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:  # a text: values are written into it
            return PLACEHOLDER.sub(lambda inner: _written(values.get(inner["name"])), match[0])
        return json.dumps(values.get(name))

    template: str = transformer["InputTemplate"]
    return TEXT_OR_PLACEHOLDER.sub(fill, template)


def _written(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]


def _as_delivered(event: Any) -> dict[str, Any]:
    """The event with its time as text, and without the moment of its arrival: that is moto's."""
    written: dict[str, Any] = copy.deepcopy(dict(event))
    written.pop("ingestion-time", None)
    moment = written.get("time")
    if isinstance(moment, (int, float)):
        written["time"] = iso_8601_datetime_without_milliseconds(utcfromtimestamp(int(moment)))
    return written
