"""Starts one execution for each uploaded recording.

Input: a batch of SQS messages, each a notification of S3. Output: the messages to receive
again. What the platform reads of a notification is the schema `upload-event`.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools.metrics import MetricUnit, single_metric
from scribe import schemas, settings
from scribe.adapters import aws
from scribe.adapters.arrivals import Arrivals
from scribe.adapters.attempts import Attempts
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.workflow import Workflow
from scribe.errors import ShapeInvalid, Superseded
from scribe.settings import StartTranscriptionSettings

from functions import runtime
from functions.start_transcription.starter import Starter, UploadIgnored

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from scribe.shapes import Language, LanguageChoice


@runtime.entry_point
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Start the executions of one batch."""
    return runtime.handle_messages(event, context, _start_all)


def _start_all(notification: object) -> None:
    if not isinstance(notification, dict):
        raise ShapeInvalid("a notification of S3 is an object")
    if notification.get("Event") == "s3:TestEvent":
        return  # S3 sends one whenever the bucket's notifications are configured
    if not isinstance(notification.get("Records"), list):
        raise ShapeInvalid("a notification of S3 has Records")
    for record in notification["Records"]:
        schemas.validate("upload-event", record)
        _start(record)


def _start(record: dict[str, Any]) -> None:
    key = record["s3"]["object"]["key"]
    try:
        _starter().start(record)
    except UploadIgnored as reason:
        runtime.logger.warning("upload ignored: %s", reason, extra={"object_key": key})
        with single_metric(name="IgnoredUploads", unit=MetricUnit.Count, value=1):
            pass  # the count is the whole message
    except Superseded as reason:
        runtime.logger.info("nothing to start: %s", reason, extra={"object_key": key})


@functools.cache
def _starter() -> Starter:
    """The composition root: made at the first message, kept while the function is warm."""
    chosen = settings.read(StartTranscriptionSettings, os.environ)
    jobs = JobsTable(aws.dynamodb(), chosen.jobs_table)
    return Starter(
        Arrivals(
            jobs=jobs,
            attempts=Attempts(jobs, Workflow(aws.step_functions()), chosen.state_machine_arn),
            default_language=cast("LanguageChoice", chosen.default_language),
            default_ui_language=cast("Language", chosen.default_ui_language),
        )
    )
