"""One HTTP/1.1 server for each API, on a port of its own."""

from __future__ import annotations

import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from local.http_api.gateway import BODY_BYTES
from local.http_api.messages import Refusal, Request, Response
from local.http_api.routes import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[Request], Response]

IDLE_SECONDS: Final = 60
"""How long a connection may wait for its next request."""
PIECE_BYTES: Final = 64 * 1024

logger = logging.getLogger(__name__)


class ApiServer:
    """Serves one API on a port of 127.0.0.1.

    Args:
        answer: returns the response to a request.
        port: 0 takes a free one.
    """

    def __init__(self, answer: Answer, port: int = 0) -> None:
        self._server = _Server(answer, port)

    @property
    def endpoint(self) -> str:
        """Where the API answers, without a slash at the end."""
        return f"http://{self._server.domain}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections and free the port."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Answer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.domain = f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Write to the log what broke a connection off."""
        del request
        # The base calls this where it caught the error.
        logger.exception("the connection of %s broke off", client_address)  # noqa: LOG004  # see above


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # A response in two small packets would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = PIECE_BYTES

    def handle_expect_100(self) -> bool:
        """Tell a client that waits for leave to send its body that it may."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _serve(self) -> None:
        try:
            body = self._body()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers=tuple(self.headers.items()),
            body=body,
            source_ip=str(self.client_address[0]),
            domain=self.server.domain,
        )
        self._send(self.server.answer(request))

    def _body(self) -> bytes:
        """Read the body; of one that is too large, just enough is kept to see that it is."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = bytearray()
            while size := int(self.rfile.readline(PIECE_BYTES).partition(b";")[0], 16):
                body += self._read(size, BODY_BYTES + 1 - len(body))
                self.rfile.readline(PIECE_BYTES)
            while self.rfile.readline(PIECE_BYTES).strip():
                pass  # trailers
            return bytes(body)
        return self._read(int(self.headers.get("Content-Length", "0")), BODY_BYTES + 1)

    def _read(self, size: int, kept_bytes: int) -> bytes:
        """Read `size` bytes and keep the first ones.

        All are read, because a client that is still sending does not see an answer.
        """
        if size < 0:
            raise ValueError("a length is negative")
        kept = bytearray()
        while size:
            piece = self.rfile.read(min(size, PIECE_BYTES))
            if not piece:
                raise ValueError("the body ended early")
            size -= len(piece)
            kept += piece[: max(0, kept_bytes - len(kept))]
        return bytes(kept)

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("date", self.date_time_string())
        for name, value in response.headers:
            self.send_header(name, value)
        has_body = response.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        # An answer to HEAD may say the length of the body that it stands for.
        is_told = any(name.lower() == "content-length" for name, _ in response.headers)
        if has_body and not is_told:
            self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that cannot be read; one of an unknown method has no route."""
        del message, explain
        status = HTTPStatus.NOT_FOUND if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self.close_connection = True
        refused = Refusal(status, status.phrase).response
        self._send(refused.having(("connection", "close")))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's signature
        """Say nothing: the gateway writes its own line for each request."""


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._serve)
