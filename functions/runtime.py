"""What the Lambda functions share: logger, named errors, and batches of SQS messages."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from scribe.errors import ScribeError, ShapeInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from scribe.refreshed import FetchFailed

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


def warn_of(failure: FetchFailed) -> None:
    """Log why something could not be fetched anew, which is no failure of the request."""
    logger.warning("going on with what was fetched before: %s", failure)


def handle_messages(
    event: dict[str, Any], context: LambdaContext, handle: Callable[[Any], None]
) -> PartialItemFailureResponse:
    """Handle each message of an SQS batch by itself.

    Args:
        event: Lambda's event.
        context: Lambda's context.
        handle: takes a message's JSON body. A message for which it raises is logged and
            received again, until its queue gives it up; the others are done.
    """

    def handle_record(record: SQSRecord) -> None:
        with logger.append_context_keys(message_id=record.message_id):
            try:
                handle(_json_of(record))
            except Exception:
                logger.exception("the message will be received again")
                raise

    return process_partial_response(
        event=event,
        record_handler=handle_record,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )


def _json_of(record: SQSRecord) -> object:
    try:
        document: object = json.loads(record.body)
    except ValueError as error:
        # Not the parser's own text: it quotes the document, which may hold a token.
        raise ShapeInvalid(f"the message is no JSON: {type(error).__name__}") from None
    return document
