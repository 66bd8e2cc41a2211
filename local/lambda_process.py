"""One Lambda sandbox seen from outside: a process that runs a function's events in turn."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from local.background import start
from local.lambda_sandbox import END_OF_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BufferedReader
    from typing import IO

INIT_SECONDS: Final = 60
"""How long a handler may take to load. AWS allows 10 s; a busy laptop needs more."""
DRAIN_SECONDS: Final = 2
"""How long to wait for a function's last output after its answer."""
PROGRAM: Final = Path(__file__).with_name("lambda_sandbox.py")


@dataclass(frozen=True)
class Outcome:
    """What one event came to.

    Attributes:
        request_id: AWS's id of the invocation.
        payload: the response, or the description of the error, as JSON.
        failed: whether `payload` describes an error.
        output: what the function wrote.
    """

    request_id: str
    payload: str
    failed: bool
    output: str


class Sandbox:
    """One process that holds one loaded function.

    Args:
        environment: all variables that the function sees.
        path: what stands before the standard library in `sys.path`.
        task_root: the unpacked package, its working folder.
        log: file to which its output is appended.
        home: its private folder, removed by whoever made it.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        path: Sequence[Path],
        task_root: Path,
        log: Path,
        home: Path,
    ) -> None:
        self.home = home
        self.last_used = time.monotonic()
        self._output: list[str] = []
        self._output_ended = threading.Event()
        receiver, sender = os.pipe()
        settings = {"path": [str(folder) for folder in path], "response_fd": sender}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-u", str(PROGRAM), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[sender],
            env=dict(environment),
            cwd=task_root,
            # A group of its own, so that programs which the handler started end with it.
            start_new_session=True,
        )
        os.close(sender)
        self._responses: BufferedReader = os.fdopen(receiver, "rb")
        self._requests = _open(self._process.stdin)
        self._is_loaded = False
        start(self._collect_output, _open(self._process.stdout), log)

    @property
    def is_usable(self) -> bool:
        """Whether another event may be given to it."""
        return self._is_loaded and self._process.poll() is None

    def run(self, event: str, *, function_arn: str, seconds: float) -> Outcome:
        """Run one event to its end.

        Args:
            event: the JSON text that the handler gets.
            function_arn: what the context object shows.
            seconds: the function's time-out, which counts from when the handler is loaded.
        """
        request_id = str(uuid.uuid4())
        response = None if self._is_loaded else self._load()
        if response is None:
            request = {
                "request_id": request_id,
                "function_arn": function_arn,
                "event": event,
                "deadline": time.time() + seconds,
            }
            response = self._exchange(request, seconds)
        self.last_used = time.monotonic()
        output = self._take_output()
        if "payload" in response:
            return Outcome(request_id, response["payload"], failed=False, output=output)
        error = {**response["error"], "requestId": request_id}
        return Outcome(request_id, json.dumps(error), failed=True, output=output)

    def end(self) -> None:
        """End the process and what it started; harmless when it has ended already."""
        self._is_loaded = False
        self.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):  # a request that it did not live to read
            self._requests.close()

    def kill(self) -> None:
        """End the process and what it started, as if its host had failed."""
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            os.killpg(self._process.pid, signal.SIGKILL)

    def _load(self) -> dict[str, Any] | None:
        """Wait for the handler; return the error if it cannot be loaded."""
        response = self._next_response(INIT_SECONDS)
        if "ready" in response:
            self._is_loaded = True
            return None
        return response

    def _exchange(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        self._output_ended.clear()
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            return self._exit_error()
        return self._next_response(seconds)

    def _next_response(self, seconds: float) -> dict[str, Any]:
        if not wait([self._responses.fileno()], seconds):
            self.end()
            message = f"Task timed out after {seconds:.2f} seconds"
            return {"error": {"errorType": "Sandbox.Timedout", "errorMessage": message}}
        line = self._responses.readline()
        if not line:
            return self._exit_error()
        response: dict[str, Any] = json.loads(line)
        return response

    def _exit_error(self) -> dict[str, Any]:
        self._is_loaded = False
        status = self._process.wait()
        if status < 0:
            reason = f"Runtime exited with error: signal: {signal.strsignal(-status)}".lower()
        elif status:
            reason = f"Runtime exited with error: exit status {status}"
        else:
            reason = "Runtime exited without providing a reason"
        return {"error": {"errorType": "Runtime.ExitError", "errorMessage": reason}}

    def _collect_output(self, output: IO[bytes], log: Path) -> None:
        with log.open("ab", buffering=0) as file:
            for line in output:
                text = line.removesuffix(END_OF_OUTPUT)
                if text:
                    file.write(text)
                    self._output.append(text.decode(errors="replace"))
                if len(text) < len(line):
                    self._output_ended.set()
        self._output_ended.set()

    def _take_output(self) -> str:
        self._output_ended.wait(DRAIN_SECONDS)
        taken, self._output = self._output, []
        return "".join(taken)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe that was asked for, which the type of Popen leaves open."""
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe
