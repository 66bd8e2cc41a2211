"""The part of ECS's agent that a task asks for its protection, as far as it can be seen here."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordingAgent:
    """Remembers what it was told.

    Attributes:
        told: whether the task was to be protected, each time.
        minutes: how long, where it was said.
        answers: False to hang up without an answer.
    """

    def __init__(self, *, answers: bool = True) -> None:
        self.told: list[bool] = []
        self.minutes: list[int] = []
        self.answers = answers
        self.uri = ""

    @contextmanager
    def serve(self) -> Iterator[RecordingAgent]:
        """Answer until the block is left."""
        handler = type("Handler", (_Handler,), {"agent": self})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            self.uri = f"http://127.0.0.1:{server.server_port}"
            yield self
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    agent: RecordingAgent

    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/task-protection/v1/state":
            self.send_error(404)
            return
        self.agent.told.append(asked["ProtectionEnabled"])
        if "ExpiresInMinutes" in asked:
            self.agent.minutes.append(asked["ExpiresInMinutes"])
        if self.agent.answers:
            self.send_response(200)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the tests' output alone."""
