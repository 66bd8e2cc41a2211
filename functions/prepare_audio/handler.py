"""Cuts a recording into chunks: a preparation request in, a preparation out."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, cast

from scribe import schemas, settings
from scribe.adapters import aws
from scribe.adapters.audio_preparer import AudioPreparer, Limits
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.usage_table import UsageTable
from scribe.cuts import CutRules
from scribe.settings import PrepareAudioSettings

from functions import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from scribe.shapes import Preparation, PreparationRequest


@runtime.entry_point
def handler(event: dict[str, Any], _context: LambdaContext) -> Preparation:
    """Prepare one recording."""
    schemas.validate("preparation-request", event)
    request = cast("PreparationRequest", event)
    runtime.logger.append_keys(
        user_id=request["user_id"], job_id=request["job_id"], attempt=request["attempt"]
    )
    preparation = _preparer().prepare(request)
    schemas.validate("preparation", preparation)
    return preparation


@functools.cache
def _preparer() -> AudioPreparer:
    """The composition root: made at the first call, kept while the function is warm."""
    chosen = settings.read(PrepareAudioSettings, os.environ)
    dynamodb = aws.dynamodb()
    return AudioPreparer(
        s3=aws.s3(),
        jobs=JobsTable(dynamodb, chosen.jobs_table),
        usage=UsageTable(dynamodb, chosen.usage_table),
        ffmpeg_path=chosen.ffmpeg_path,
        work_bucket=chosen.work_bucket,
        transcripts_bucket=chosen.transcripts_bucket,
        limits=Limits(seconds=chosen.max_audio_seconds, bytes=chosen.max_audio_bytes),
        cut_rules=CutRules(chunk_seconds=chosen.chunk_seconds),
    )
