"""The composition root: the API's parts, of the environment's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from scribe import settings
from scribe.adapters import aws
from scribe.adapters.attempts import Attempts
from scribe.adapters.deletion import Deletion
from scribe.adapters.edge_cache import EdgeCache
from scribe.adapters.feedback_table import FeedbackTable
from scribe.adapters.job_data import JobData
from scribe.adapters.jobs_listing import JobsListing
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.signed_links import SignedLinks, SigningKeys
from scribe.adapters.uploads import Uploads
from scribe.adapters.usage_table import UsageTable
from scribe.adapters.workflow import Workflow
from scribe.limits import Limits
from scribe.settings import ApiSettings

from functions import runtime
from functions.api.job_creation import JobCreation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.shapes import Language, LanguageChoice


@dataclass(frozen=True)
class Services:
    """What the operations work with."""

    jobs: JobsTable
    listing: JobsListing
    usage: UsageTable
    uploads: Uploads
    links: SignedLinks
    creation: JobCreation
    limits: Limits
    attempts: Attempts
    deletion: Deletion
    feedback: FeedbackTable


def compose(environment: Mapping[str, str]) -> Services:
    """Make the parts.

    Raises:
        SettingInvalid: names the variable that is missing or unreadable.
    """
    chosen = settings.read(ApiSettings, environment)
    dynamodb = aws.dynamodb(aws.WHILE_A_CALLER_WAITS)
    jobs = JobsTable(dynamodb, chosen.jobs_table)
    listing = JobsListing(dynamodb, chosen.jobs_table)
    usage = UsageTable(dynamodb, chosen.usage_table)
    s3 = aws.s3(aws.WHILE_A_CALLER_WAITS)
    workflow = Workflow(aws.step_functions(aws.WHILE_A_CALLER_WAITS))
    uploads = Uploads(
        s3,
        chosen.audio_bucket,
        lifetime_seconds=chosen.upload_url_lifetime_seconds,
    )
    links = SignedLinks(
        SigningKeys(aws.secrets_manager(), chosen.edge_signing_key, on_failure=runtime.warn_of),
        address=chosen.edge_address,
        lifetime_seconds=chosen.link_lifetime_seconds,
    )
    limits = Limits(
        open_jobs=chosen.open_jobs_per_user,
        jobs_per_day=chosen.jobs_per_user_per_day,
        bytes_per_day=chosen.bytes_per_user_per_day,
        minutes_per_day=chosen.minutes_per_user_per_day,
        file_bytes=chosen.max_audio_bytes,
    )
    creation = JobCreation(
        jobs=jobs,
        usage=usage,
        uploads=uploads,
        limits=limits,
        default_language=cast("LanguageChoice", chosen.default_language),
        default_ui_language=cast("Language", chosen.default_ui_language),
        answered=DynamoDBPersistenceLayer(chosen.idempotency_table, boto3_client=dynamodb),
    )
    deletion = Deletion(
        jobs=jobs,
        workflow=workflow,
        data=JobData(s3, chosen.audio_bucket, chosen.work_bucket, chosen.transcripts_bucket),
        edge=EdgeCache(aws.cloudfront(aws.WHILE_A_CALLER_WAITS), chosen.edge_distribution_id),
    )
    return Services(
        jobs=jobs,
        listing=listing,
        usage=usage,
        uploads=uploads,
        links=links,
        creation=creation,
        limits=limits,
        attempts=Attempts(jobs, workflow, chosen.state_machine_arn),
        deletion=deletion,
        feedback=FeedbackTable(dynamodb, chosen.jobs_table),
    )
