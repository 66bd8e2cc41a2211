"""The program inside a Lambda sandbox: loads one handler and runs its events, one at a time.

It is started as `python -I -S lambda_sandbox.py SETTINGS`, so it may import the standard
library alone; all else comes from the function's own package, its layers and the runtime.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

END_OF_OUTPUT = b"\0end\n"
"""Stands in the output after the last line of each event, so that its log can be cut off."""


class Identity(NamedTuple):
    """Who calls, in the form of the Python runtime; empty without Cognito."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class Context:
    """What a handler gets as its second argument; the names are those of AWS's runtime."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["request_id"]
        self.invoked_function_arn: str = request["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity()
        self.client_context = None
        self._deadline: float = request["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Return how long this event may still run, in milliseconds."""
        return max(0, int((self._deadline - time.time()) * 1000))


class InitError(Exception):
    """The handler could not be loaded; `args` hold AWS's name of the error and its message."""


def main() -> None:
    """Load the handler, then answer each request that comes over standard input."""
    settings = json.loads(sys.argv[1])
    sys.path[:0] = settings["path"]
    # Children of the handler must not hold the channel open.
    os.set_inheritable(settings["response_fd"], False)  # noqa: FBT003 - os takes it by position
    with os.fdopen(settings["response_fd"], "w", encoding="utf-8") as responses:
        # Like AWS's: present from the start, so that a handler's basicConfig changes nothing.
        logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
        try:
            handler = _load(os.environ["_HANDLER"])
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to the function
            _respond(responses, {"error": _described(error, "")})
            return
        _respond(responses, {"ready": True})
        for line in _lines_until_the_host_has_gone():
            _respond(responses, _answer(handler, json.loads(line)))


def _lines_until_the_host_has_gone() -> Iterator[str]:
    """Yield requests; when the host ends, end this whole process group, even amid a handler."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    standard_input = sys.stdin
    # A handler that reads its standard input must not take the requests.
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - open till the end

    def read() -> None:
        for line in standard_input:
            lines.put(line)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield lines.get()


def _load(handler: str) -> Callable[[Any, Context], Any]:
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{handler}'")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise InitError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise InitError("Runtime.UserCodeSyntaxError", message) from error
    if not hasattr(module, name):
        message = f"Handler '{name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", message)
    loaded: Callable[[Any, Context], Any] = getattr(module, name)
    return loaded


def _answer(handler: Callable[[Any, Context], Any], request: dict[str, Any]) -> dict[str, Any]:
    try:
        result = handler(json.loads(request["event"]), Context(request))
    except Exception as error:  # noqa: BLE001 - whatever it is belongs to the function
        return {"error": _described(error, request["request_id"])}
    try:
        return {"payload": json.dumps(result, ensure_ascii=False)}
    except (TypeError, ValueError) as error:
        failure = InitError("Runtime.MarshalError", f"Unable to marshal response: {error}")
        return {"error": _described(failure, request["request_id"])}


def _described(error: Exception, request_id: str) -> dict[str, Any]:
    """Describe an error as AWS's runtime does, and print it to the log as it does."""
    if isinstance(error, InitError):
        name, message = error.args
    else:
        name, message = type(error).__name__, str(error)
    # The first frame is this program's own.
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    print(f"[ERROR] {name}: {message}\nTraceback (most recent call last):\n{''.join(trace)}")  # noqa: T201
    described = {"errorMessage": message, "errorType": name, "stackTrace": trace}
    return {**described, "requestId": request_id}


def _respond(responses: TextIO, response: dict[str, Any]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, END_OF_OUTPUT)
    responses.write(json.dumps(response) + "\n")
    responses.flush()


if __name__ == "__main__":
    main()
