"""Measures the API's function: the import of a cold start, and a warm request's own time.

Nothing of AWS is called: the imports that the first job waits for are timed by themselves, and
the requests are refused by what the function alone knows.

    python -m bench.api
"""

from __future__ import annotations

import json
import logging
import statistics
import subprocess
import sys
import time
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import runtime
from functions.api.handler import handler

IMPORTS: Final = {
    "cold import": "functions.api.handler",
    "… with all that the first job needs": "functions.api.composition",
}
STARTS: Final = 9
REQUESTS: Final = 2000

_INVALID: Final = {
    "file_name": "a.mp3",
    "size_bytes": 0,
    "content_type": "image/png",
    "metadata": {"case": 118},
}


class _Context(LambdaContext):
    """What Lambda tells a function about its call."""

    def __init__(self) -> None:
        self._aws_request_id = "request"
        self._function_name = "api"


def main() -> None:
    """Print the figures."""
    for what, module in IMPORTS.items():
        seconds = [_import_seconds(module) for _ in range(STARTS)]
        print(f"{what}: {statistics.median(seconds) * 1000:.0f} ms median of {STARTS}")
    for what, event in {
        "no session": _event(user_id=None, body=_INVALID),
        "a body with four faults": _event(user_id="user_2bench", body=_INVALID),
        "a body of 10,000 unknown fields": _event(
            user_id="user_2bench", body={f"field_{number}": number for number in range(10_000)}
        ),
    }.items():
        milliseconds = _request_milliseconds(event)
        *_, p95 = statistics.quantiles(milliseconds, n=20)
        print(f"{what}: {statistics.median(milliseconds):.2f} ms median, {p95:.2f} ms p95")


def _import_seconds(module: str) -> float:
    """In a fresh process, without the start of Python itself."""
    script = (
        "import time; begun = time.perf_counter();"
        f"import {module}; print(time.perf_counter() - begun)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return float(ended.stdout)


def _request_milliseconds(event: dict[str, Any]) -> list[float]:
    runtime.logger.setLevel(logging.ERROR)  # a terminal is slower than CloudWatch
    context = _Context()
    handler(event, context)
    measured = []
    for _ in range(REQUESTS // 10 if len(event["body"]) > 10_000 else REQUESTS):
        begun = time.perf_counter()
        handler(event, context)
        measured.append((time.perf_counter() - begun) * 1000)
    return measured


def _event(*, user_id: str | None, body: object) -> dict[str, Any]:
    """POST /jobs as API Gateway gives it (payload format 2.0)."""
    context: dict[str, Any] = {
        "stage": "$default",
        "http": {"method": "POST", "path": "/jobs"},
    }
    if user_id is not None:
        context["authorizer"] = {"lambda": {"user_id": user_id, "email": "", "session_id": "s"}}
    return {
        "version": "2.0",
        "rawPath": "/jobs",
        "headers": {"content-type": "application/json"},
        "requestContext": context,
        "isBase64Encoded": False,
        "body": json.dumps(body),
    }


if __name__ == "__main__":
    main()
