"""Tells how each job ended: its owner by one mail, other systems by an event.

Input: a batch of SQS messages, each a `status-event`. Output: the messages to receive again.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

from scribe import executions, schemas, settings
from scribe.adapters import aws
from scribe.adapters.event_bus import EventBus
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.mailer import Mailer
from scribe.adapters.notification_claims import NotificationClaims
from scribe.adapters.signed_links import SignedLinks, SigningKeys
from scribe.adapters.storage import Storage
from scribe.adapters.workflow import Workflow
from scribe.errors import Superseded
from scribe.settings import NotifySettings

from functions import runtime
from functions.notify.notifier import NothingToTell, Notifier

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@runtime.entry_point
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Tell the owners of one batch."""
    return runtime.handle_messages(event, context, _tell)


def _tell(event: Any) -> None:  # noqa: ANN401  # the schema is the type
    schemas.validate("status-event", event)
    detail = event["detail"]
    job_id, attempt = executions.job_of(detail["executionArn"]) or (None, None)
    with runtime.logger.append_context_keys(job_id=job_id, attempt=attempt):
        try:
            _notifier().tell(event)
        except (NothingToTell, Superseded) as reason:
            runtime.logger.info("%s needs nothing more: %s", detail["status"], reason)


@functools.cache
def _notifier() -> Notifier:
    """The composition root: made at the first message, kept while the function is warm."""
    chosen = settings.read(NotifySettings, os.environ)
    signing_keys = SigningKeys(
        aws.secrets_manager(), chosen.edge_signing_key, on_failure=runtime.warn_of
    )
    dynamodb = aws.dynamodb()
    return Notifier(
        jobs=JobsTable(dynamodb, chosen.jobs_table),
        claims=NotificationClaims(dynamodb, chosen.jobs_table),
        workflow=Workflow(aws.step_functions()),
        storage=Storage(aws.s3()),
        links=SignedLinks(
            signing_keys,
            address=chosen.edge_address,
            lifetime_seconds=chosen.link_lifetime_seconds,
        ),
        events=EventBus(aws.events(), source=chosen.event_source),
        mailer=Mailer(
            aws.sesv2(),
            sender=chosen.sender_address,
            configuration_set=chosen.email_configuration_set,
        ),
        transcripts_bucket=chosen.transcripts_bucket,
        default_recipient=chosen.default_recipient,
        lease_seconds=chosen.lease_seconds,
    )
