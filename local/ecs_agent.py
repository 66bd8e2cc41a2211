"""The ECS agent's addresses inside a task: its metadata and its protection from scale-in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.ecs.models import Task

_DEFAULT_MINUTES: Final = 120
_PROTECTION_PATH: Final = "task-protection/v1/state"


@dataclass(frozen=True)
class Protection:
    """Whether a service may stop a task to scale in.

    Attributes:
        until: when the protection ends by itself; None if there is none.
    """

    until: datetime | None = None

    @classmethod
    def of(cls, *, enabled: bool, minutes: int | None) -> Protection:
        """Protect from now on for so many minutes, 2 hours if not said, or not at all."""
        if not enabled:
            return cls()
        return cls(datetime.now(UTC) + timedelta(minutes=minutes or _DEFAULT_MINUTES))

    @property
    def is_enabled(self) -> bool:
        """Whether it holds at this moment."""
        return self.until is not None and datetime.now(UTC) < self.until


class Agent:
    """Serves every task of this machine on one loopback port.

    Args:
        find: gives the task with an id, or None.
    """

    def __init__(self, find: Callable[[str], Task | None]) -> None:
        self.find = find
        handler = type("Handler", (_Handler,), {"agent": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        Thread(target=self._server.serve_forever, name="ecs-agent", daemon=True).start()

    def environment(self, task_id: str) -> dict[str, str]:
        """Return the variables by which a task finds the agent."""
        address = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "ECS_CONTAINER_METADATA_URI_V4": f"{address}/v4/{task_id}",
            "ECS_AGENT_URI": f"{address}/api/{task_id}",
        }


class _Handler(BaseHTTPRequestHandler):
    agent: Agent

    def do_GET(self) -> None:
        """Answer with the metadata of a task, or with its protection."""
        task, path = self._target()
        if task is None:
            self._answer(404, {})
        elif path == _PROTECTION_PATH:
            self._answer(200, _protection(task))
        else:
            self._answer(200, _metadata(task))

    def do_PUT(self) -> None:
        """Set the protection of a task."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        task, path = self._target()
        if task is None or path != _PROTECTION_PATH:
            self._answer(404, {})
        elif not task.group.startswith("service:"):
            failure = {"Arn": task.task_arn, "Detail": None, "Reason": "TASK_NOT_VALID"}
            self._answer(400, {"failure": failure})
        else:
            vars(task)["protection"] = Protection.of(
                enabled=body["ProtectionEnabled"], minutes=body.get("ExpiresInMinutes")
            )
            self._answer(200, _protection(task))

    def _target(self) -> tuple[Task | None, str]:
        _, task_id, *rest = self.path.strip("/").split("/")
        return self.agent.find(task_id), "/".join(rest)

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep the server's output free of one line per request."""


def protection_of(task: Task) -> Protection:
    """Return the protection of a task, which has none until it asks."""
    protection: Protection = vars(task).get("protection", Protection())
    return protection


def _protection(task: Task) -> dict[str, Any]:
    protection = protection_of(task)
    state: dict[str, Any] = {
        "TaskArn": task.task_arn,
        "ProtectionEnabled": protection.is_enabled,
        "ExpirationDate": protection.until.isoformat() if protection.until else None,
    }
    return {"protection": state}


def _metadata(task: Task) -> dict[str, Any]:
    family, _, revision = task.task_definition_arn.rpartition("/")[2].partition(":")
    return {
        "Cluster": task.cluster_arn,
        "TaskARN": task.task_arn,
        "Family": family,
        "Revision": revision,
        "DesiredStatus": task.desired_status,
        "KnownStatus": task.last_status,
        "Containers": [
            {"Name": container.name, "Image": container.image} for container in task.containers
        ],
    }
