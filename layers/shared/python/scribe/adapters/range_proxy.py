"""A web server on 127.0.0.1 that serves one S3 object, so that ffmpeg needs no credentials.

ffmpeg is given neither a host name (the static Linux build crashes on any look-up) nor an
address outside this machine; it reads and seeks here, and this process reads from S3.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError

from scribe.errors import AudioMissing, PreparationInterrupted, ScribeError, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from scribe.shapes import Source

_PIECE_BYTES: Final = 256 * 1024
_READ_ATTEMPTS: Final = 3
"""How often in a row a read may break off without a byte; botocore itself does not resume."""

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
_CHANGED: Final = frozenset({"PreconditionFailed", "NoSuchKey", "NoSuchVersion", "404", "412"})


class RangeProxy:
    """Serves an object from entering the context to leaving it.

    Attributes:
        failure: why S3 could not be read, or None. ffmpeg takes such a failure for the
            end of the file or for a broken one: ask here before blaming the file.
    """

    def __init__(self, client: S3Client, source: Source) -> None:
        self._object = _Object(client, source)
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._server = _Server(self._path, self._object)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._object.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the object is served; the path cannot be guessed and carries no file name."""
        return f"http://127.0.0.1:{self._server.server_port}{self._path}"

    @property
    def failure(self) -> ScribeError | None:
        """Why S3 could not be read, or None."""
        return self._object.failure


class _Object:
    """One version of one object in S3, read in pieces."""

    def __init__(self, client: S3Client, source: Source) -> None:
        self._client = client
        self._source = source
        self._closed = threading.Event()
        self.size: Final = source["size_bytes"]
        self.failure: ScribeError | None = None

    def close(self) -> None:
        self._closed.set()

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Read from `start` up to, not including, `end`; go on where a read breaks off.

        Ends early when the object is closed or cannot be read, with `failure` set.
        """
        position, failures = start, 0
        while position < end and not self._closed.is_set():
            try:
                with contextlib.closing(self._open(position, end)) as body:
                    for piece in body.iter_chunks(_PIECE_BYTES):
                        position, failures = position + len(piece), 0
                        yield piece
                        if self._closed.is_set():
                            return
            except ClientError as error:
                self.failure = _failure(error)
                return
            except BotoCoreError as error:
                failures += 1
                if failures == _READ_ATTEMPTS:
                    self.failure = PreparationInterrupted(f"reading the recording: {error}")
                    return

    def _open(self, start: int, end: int) -> StreamingBody:
        source = self._source
        request: dict[str, Any] = {
            "Bucket": source["bucket"],
            "Key": source["key"],
            "Range": f"bytes={start}-{end - 1}",
        }
        if source["etag"]:
            request["IfMatch"] = f'"{source["etag"].strip(chr(34))}"'
        if source["version_id"]:
            request["VersionId"] = source["version_id"]
        return self._client.get_object(**request)["Body"]


def _failure(error: ClientError) -> ScribeError:
    if error.response.get("Error", {}).get("Code") in _CHANGED:
        return AudioMissing(f"the recording was replaced or removed: {error}")
    return StorageUnavailable(f"reading the recording: {error}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, path: str, source: _Object) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.path = path
        self.source = source

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002  # the base class's signature
        """Remember what a handler did not expect; a client that went away is expected."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.source.failure = PreparationInterrupted(f"serving the recording: {error!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        stretch = self._answer()
        if stretch is None:
            return
        start, end = stretch
        # ffmpeg seeks by closing the connection and opening another.
        with contextlib.suppress(ConnectionError):
            for piece in self.server.source.pieces(start, end):
                self.wfile.write(piece)
                start += len(piece)
        if start < end:
            self.close_connection = True

    def _answer(self) -> tuple[int, int] | None:
        """Send status and headers; return the bytes to send, or None for none."""
        size = self.server.source.size
        if self.path != self.server.path:
            self._send(HTTPStatus.NOT_FOUND, 0)
            return None
        header = self.headers.get("Range")
        match = _RANGE.fullmatch(header) if header else None
        if match is None or match.groups() == ("", ""):
            self._send(HTTPStatus.OK, size)
            return 0, size
        start, end = _stretch(match[1], match[2], size)
        if start >= end:
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, f"bytes */{size}")
            return None
        self._send(HTTPStatus.PARTIAL_CONTENT, end - start, f"bytes {start}-{end - 1}/{size}")
        return start, end

    def _send(self, status: HTTPStatus, length: int, content_range: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(length))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Log nothing: requests say only where ffmpeg reads."""


def _stretch(first: str, last: str, size: int) -> tuple[int, int]:
    """A Range header's bytes as start and end; an empty stretch if it cannot be satisfied."""
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size
