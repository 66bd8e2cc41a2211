"""Functions run on a gateway's behalf, with the gateway's own limits of time and size."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from moto.awslambda.models import lambda_backends

from local.context import ACCOUNT_ID, REGION
from local.lambda_functions import running

if TYPE_CHECKING:
    from collections.abc import Mapping

CONCURRENCY: Final = 1000
"""How many functions an account runs at once."""
PAYLOAD_BYTES: Final = 6 * 1024 * 1024
"""The largest event and the largest result of a synchronous invocation."""


class FunctionFailed(Exception):
    """The function ended with an error or returned too much."""


class FunctionTimedOut(Exception):
    """The function did not answer in the gateway's time; it goes on running."""


class EventTooLarge(Exception):
    """Lambda does not take an event of this size."""


class Functions:
    """Runs functions by their ARN."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="http-api")

    def call(self, uri: str, event: Mapping[str, Any], seconds: float) -> str:
        """Run a function and return its result as JSON.

        Args:
            uri: the function's ARN, alone or within an invocation address.
            event: what it gets.
            seconds: how long the gateway waits.

        Raises:
            FunctionFailed: there is no result to go on with.
            FunctionTimedOut: the time is over.
            EventTooLarge: the function was not called.
        """
        function = lambda_backends[ACCOUNT_ID][REGION].get_function(function_arn(uri))
        body = json.dumps(event, ensure_ascii=False)
        size = len(body.encode())
        if size > PAYLOAD_BYTES:
            raise EventTooLarge(f"{function.function_name}: {size} bytes")
        running_call = self._threads.submit(running().run, function, body)
        try:
            outcome = running_call.result(seconds)
        except TimeoutError as error:
            raise FunctionTimedOut(f"{function.function_name}: {seconds} s") from error
        if outcome.failed or len(outcome.payload.encode()) > PAYLOAD_BYTES:
            raise FunctionFailed(f"{function.function_name}: {outcome.payload[:1000]}")
        return outcome.payload


def function_arn(uri: str) -> str:
    """Return the ARN that `arn:aws:apigateway:…/functions/{arn}/invocations` holds, or `uri`."""
    _, found, rest = uri.partition("/functions/")
    return rest.removesuffix("/invocations") if found else uri
