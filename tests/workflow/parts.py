"""Answers the functions and the containers of a deployed state machine as scripts say."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from scribe.errors import PermanentError

from tests.workflow.script import ASSEMBLE, PREPARE, Script, Silent, Unstored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client
    from scribe.shapes import ChunkOutcome, ChunkTask


class Parts:
    """What functions and containers are told, each job's by its script.

    Args:
        scripts: by job id.
        s3: stores the outcomes of containers.
    """

    def __init__(self, scripts: dict[str, Script], s3: S3Client) -> None:
        self.scripts = scripts
        self._s3 = s3
        self._over = threading.Event()

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Answer until the block is left; gives the host and port to ask."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answer))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            self._over.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def _answer(self, part: str, document: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        script = self.scripts[document["job_id"]]
        if part == "container":
            return {"exit_code": self._contain(script, document)}
        answers: dict[str, Callable[[Any], Any]] = {
            PREPARE: script.prepare,
            ASSEMBLE: script.assemble,
        }
        try:
            return {"document": answers[part](document)}
        except Exception as error:  # noqa: BLE001 - whatever the script raises is reported by name
            return {"error": type(error).__name__, "message": str(error)}

    def _contain(self, script: Script, task: ChunkTask) -> int:
        """Work as one task's container does: store how it ended, unless another try may help."""
        try:
            outcome = script.work(task)
        except Silent:
            self._over.wait()
            return 0
        except Unstored:
            return 0
        except PermanentError as error:
            outcome = _failed(task, error)
        except Exception:  # noqa: BLE001 - a container has no other word for its error
            return 1
        place = task["outcome"]
        self._s3.put_object(Bucket=place["bucket"], Key=place["key"], Body=json.dumps(outcome))
        return 0


def _failed(task: ChunkTask, error: PermanentError) -> ChunkOutcome:
    return {
        "version": 1,
        "kind": task["kind"],
        "index": task["index"],
        "status": "failed",
        "result": None,
        "language": None,
        "language_probability": None,
        "word_count": 0,
        "error": {"name": type(error).__name__, "message": str(error)},
    }


def _handler(answer: Callable[[str, Any], dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            text = json.dumps(answer(self.path[1:], json.loads(body))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Leave the tests' output alone."""

    return Handler
