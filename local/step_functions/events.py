"""Status-change events of executions, which AWS sends to EventBridge and moto does not."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

from local.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

_LOG = logging.getLogger(__name__)


def install(context: Context) -> None:
    """Send an event on the default bus whenever an execution starts or ends."""
    del context
    events: SimpleQueue[tuple[Execution, Any]] = SimpleQueue()
    # One thread: events keep their order, and no execution waits for a target.
    Thread(target=_send_all, args=(events,), daemon=True).start()

    def start(original: Callable[..., None], self: Execution) -> None:
        original(self)
        events.put((self, _event(self, "RUNNING")))

    def terminated(original: Callable[..., None], self: BaseExecutionWorkerCommunication) -> None:
        original(self)
        events.put((self.execution, _event(self.execution, self.execution.status)))

    wrap(Execution, "start", start)
    wrap(BaseExecutionWorkerCommunication, "terminated", terminated)


def _event(execution: Execution, status: str) -> Any:  # noqa: ANN401 - moto's type for events
    ended = status != ExecutionStatus.RUNNING.value
    succeeded = status == ExecutionStatus.SUCCEEDED.value
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": execution.account_id,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": execution.region_name,
        "resources": [execution.exec_arn],
        "detail": {
            "executionArn": execution.exec_arn,
            "stateMachineArn": execution.state_machine.arn,
            "name": execution.name,
            "status": status,
            "startDate": _milliseconds(execution.start_date),
            "stopDate": _milliseconds(execution.stop_date) if ended else None,
            "input": execution.execution_input,
            "inputDetails": {"included": True},
            "output": to_json_str(execution.output, separators=(",", ":")) if succeeded else None,
            "outputDetails": {"included": True} if succeeded else None,
            "error": execution.error if ended else None,
            "cause": execution.cause if ended else None,
        },
    }


def _milliseconds(date: datetime | None) -> int | None:
    return None if date is None else int(date.timestamp() * 1000)


def _send_all(events: SimpleQueue[tuple[Execution, Any]]) -> None:
    while True:
        execution, event = events.get()
        bus = events_backends[execution.account_id][execution.region_name].describe_event_bus(
            "default"
        )
        for rule in list(bus.rules.values()):
            try:
                rule.send_to_targets(event)
            # Best effort, as on AWS: one broken target must not silence the other rules.
            except Exception:  # noqa: BLE001
                _LOG.exception("rule %s failed for %s", rule.name, execution.exec_arn)
