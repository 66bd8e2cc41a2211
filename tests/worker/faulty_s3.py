"""A small S3 that fails on demand: it refuses, breaks off in the middle of a body, or stalls."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal

Fault = Literal["refuse", "break off", "stall"]

_BREAK_AT_ONCE: Final = struct.pack("ii", 1, 0)
_ERROR: Final = "<Error><Code>{code}</Code><Message>by instruction</Message></Error>"


class FaultyS3:
    """Objects in memory, read and written over HTTP.

    Attributes:
        objects: path to body.
        faults: met by the next reads of objects that exist, one each.
        reads: how many there were.
        stalled: set once a read stalls.
    """

    def __init__(self, *faults: Fault) -> None:
        self.objects: dict[str, bytes] = {}
        self.faults = deque(faults)
        self.reads = 0
        self.stalled = threading.Event()
        self._released = threading.Event()
        handler = type("Handler", (_Handler,), {"s3": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stall(self) -> None:
        """Wait as long as there is somebody to keep waiting."""
        self.stalled.set()
        self._released.wait()

    def stop(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s3: FaultyS3

    def do_PUT(self) -> None:
        self.s3.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"")

    def do_GET(self) -> None:
        body = self.s3.objects.get(self.path)
        if body is None:
            self._answer(404, _ERROR.format(code="NoSuchKey").encode())
            return
        self.s3.reads += 1
        fault = self.s3.faults.popleft() if self.s3.faults else None
        if fault == "refuse":
            self._answer(503, _ERROR.format(code="SlowDown").encode())
        elif fault is None:
            self._answer(200, body)
        else:
            self._begin(200, len(body))
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            if fault == "stall":
                self.s3.stall()
            else:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _BREAK_AT_ONCE)
                self.connection.close()

    def _answer(self, status: int, body: bytes) -> None:
        self._begin(status, len(body))
        self.wfile.write(body)

    def _begin(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the tests' output alone."""
