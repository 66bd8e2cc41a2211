"""Entry point of AssembleTranscript.

Input: `assembly-request`. Output: `assembly`. Result path: the state's output.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, cast

from scribe import schemas, settings
from scribe.adapters import aws
from scribe.adapters.storage import Storage
from scribe.assembly import assemble
from scribe.settings import AssembleTranscriptSettings

from functions.runtime import entry_point, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from scribe.shapes import Assembly, AssemblyRequest


@functools.cache
def _parts() -> tuple[AssembleTranscriptSettings, Storage]:
    return settings.read(AssembleTranscriptSettings, os.environ), Storage(aws.s3())


@entry_point
def handler(event: dict[str, Any], context: LambdaContext) -> Assembly:  # noqa: ARG001  # Lambda's signature
    """Assemble one job's transcript."""
    schemas.validate("assembly-request", event)
    request = cast("AssemblyRequest", event)
    logger.append_keys(user_id=request["user_id"], job_id=request["job_id"])
    configuration, storage = _parts()
    return assemble(
        request,
        storage,
        transcripts_bucket=configuration.transcripts_bucket,
        worker_price_usd_per_hour=configuration.worker_price_usd_per_hour,
    )
