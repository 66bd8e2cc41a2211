"""A model hub on 127.0.0.1 that answers as the real one does, and misbehaves on order."""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = "someone/small-model"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Fault:
    """What goes wrong with one GET.

    Attributes:
        cut_after: so many bytes of the body, then the connection breaks.
        status: this answer and no body.
        retry_after: seconds, with the status.
        body: this in the place of the file's bytes.
        ignores_range: the whole file, although a part was asked for.
    """

    cut_after: int | None = None
    status: int | None = None
    retry_after: int | None = None
    body: bytes | None = None
    ignores_range: bool = False


@dataclass
class HubServer:
    """The hub's files, its pending faults, and what it was asked."""

    endpoint: str
    large_files: dict[str, bytes] = field(default_factory=dict)  # in LFS: SHA-256, on a CDN
    small_files: dict[str, bytes] = field(default_factory=dict)  # in git: git's own SHA-1
    faults: list[Fault] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)
    """Of each HEAD."""
    ranges: list[str | None] = field(default_factory=list)
    """The Range header of each GET."""


@contextmanager
def running_hub() -> Iterator[HubServer]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hub = HubServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.hub = hub  # type: ignore[attr-defined]  # how a handler finds its server's state
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        name = self._name()
        self._hub.revisions += re.findall(r"/resolve/([^/]+)/", self.path)
        if name in self._hub.large_files:
            content = self._hub.large_files[name]
            self._answer(
                HTTPStatus.FOUND,
                {
                    "Location": f"{self._hub.endpoint}/cdn/{name}",
                    "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
                    "X-Linked-Size": str(len(content)),
                    "X-Repo-Commit": REVISION,
                    "Content-Length": "0",
                },
            )
        elif name in self._hub.small_files:
            content = self._hub.small_files[name]
            git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
            length = str(len(content))
            self._answer(HTTPStatus.OK, {"ETag": f'"{git.hexdigest()}"', "Content-Length": length})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"Content-Length": "0"})

    def do_GET(self) -> None:
        name = self._name()
        if not self.path.startswith("/cdn/") and name in self._hub.large_files:
            location = f"{self._hub.endpoint}/cdn/{name}"
            self._answer(HTTPStatus.FOUND, {"Location": location, "Content-Length": "0"})
            return
        fault = self._hub.faults.pop(0) if self._hub.faults else Fault()
        asked = self.headers.get("Range")
        self._hub.ranges.append(asked)
        if fault.status is not None:
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._answer(fault.status, {"Content-Length": "0"} | wait)
            return
        content = self._hub.large_files.get(name) or self._hub.small_files[name]
        self._send(content if fault.body is None else fault.body, asked, fault)

    def _send(self, content: bytes, asked: str | None, fault: Fault) -> None:
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if asked and not fault.ignores_range:
            whole = len(content)
            if start >= whole:
                self._answer(416, {"Content-Length": "0"})
                return
            content = content[start:]
            where = f"bytes {start}-{whole - 1}/{whole}"
            headers = {"Content-Range": where, "Content-Length": str(len(content))}
            self._answer(HTTPStatus.PARTIAL_CONTENT, headers)
        else:
            self._answer(HTTPStatus.OK, {"Content-Length": str(len(content))})
        self.wfile.write(content[: fault.cut_after])
        self.close_connection = fault.cut_after is not None

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _name(self) -> str:
        return re.sub(rf"^/({REPOSITORY}/resolve/(main|{REVISION})|cdn)/", "", self.path)

    @property
    def _hub(self) -> HubServer:
        hub = self.server.hub  # type: ignore[attr-defined]  # set in running_hub
        assert isinstance(hub, HubServer)
        return hub

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Keep the test's output quiet."""
