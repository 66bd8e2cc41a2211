"""What every Lambda function shares: its logger and its way of ending with a named error."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aws_lambda_powertools import Logger
from scribe.errors import ScribeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

Result = TypeVar("Result")

logger: Final = Logger(service="transcription")
"""Structured JSON logs; append `user_id`, `job_id` and `attempt`, never tokens or text."""


def entry_point(
    handler: Callable[[dict[str, Any], LambdaContext], Result],
) -> Callable[[dict[str, Any], LambdaContext], Result]:
    """Wrap a handler: request context in every log line, and one line for a named error.

    The error itself goes on to Lambda, so that its class name is the one that Step
    Functions and the console show.
    """

    @functools.wraps(handler)
    def wrapped(event: dict[str, Any], context: LambdaContext) -> Result:
        logger.clear_state()
        logger.append_keys(request_id=context.aws_request_id, function=context.function_name)
        try:
            return handler(event, context)
        except ScribeError as error:
            logger.warning("%s: %s", type(error).__name__, error)
            raise

    return wrapped
