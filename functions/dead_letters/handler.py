"""Ends the tokens of chunks that no worker answered for, so that no execution hangs.

Input: a batch of SQS messages from the dead-letter queues of the chunks, each a
`chunk-message`. Output: the messages to keep.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from scribe import schemas
from scribe.adapters import aws
from scribe.adapters.callbacks import StepFunctionsCallbacks, TokenDead
from scribe.errors import WorkerLost

from functions import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@runtime.entry_point
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """End the tokens of one batch.

    A message that is no chunk message stays in its queue, where operators find it: there is
    no further queue to move it to, and its execution still waits.
    """
    return runtime.handle_messages(event, context, _end)


def _end(message: Any) -> None:  # noqa: ANN401  # the schema is the type
    schemas.validate("chunk-message", message)
    task = message["task"]
    with runtime.logger.append_context_keys(
        user_id=task["user_id"], job_id=task["job_id"], attempt=task["attempt"]
    ):
        lost = WorkerLost(
            f"No worker finished {task['kind']} {task['index']} ({task['time_range']}): "
            "its message was received too often. Look at the workers' logs for this "
            "job, then redrive the execution."
        )
        try:
            _callbacks().fail(message["task_token"], lost)
        except TokenDead as reason:
            runtime.logger.info("nobody waits for the chunk any more: %s", reason)


@functools.cache
def _callbacks() -> StepFunctionsCallbacks:
    """The composition root: made at the first message, kept while the function is warm."""
    return StepFunctionsCallbacks(aws.step_functions())
