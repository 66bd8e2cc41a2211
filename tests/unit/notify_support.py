"""The platform around `notify` in moto: table, executions that the test ends, transcripts, SES."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from moto.ses.models import ses_backends
from moto.stepfunctions.models import stepfunctions_backends
from scribe import executions, keys
from scribe.adapters import aws
from scribe.adapters.event_bus import EventBus
from scribe.adapters.mailer import Mailer
from scribe.adapters.notification_claims import NotificationClaims
from scribe.adapters.storage import Storage
from scribe.adapters.workflow import Workflow

from functions.notify.notifier import Notifier
from tests.unit.edge_support import signed_links, store_signing_key
from tests.unit.jobs_support import (
    JOB,
    MACHINE,
    SOURCE,
    TABLE,
    USER,
    Clock,
    arn,
    complete,
    create_state_machine,
    jobs_table,
    new_job,
)

if TYPE_CHECKING:
    from moto.ses.models import Message, SESBackend
    from moto.stepfunctions.models import StepFunctionBackend
    from scribe.adapters.jobs_table import JobsTable

BUCKET: Final = "transcripts"
SENDER: Final = "transcripts@example.com"
DEFAULT_RECIPIENT: Final = "operator@example.com"
EVENT_SOURCE: Final = "transcription.dev"
LEASE_SECONDS: Final = 120
METADATA: Final = {"case": "2026-118"}
ENDED_AT: Final = datetime(2026, 11, 22, 10, 6, 31, 204_000, tzinfo=UTC)


class Platform:
    """One job's surroundings; every part but the owner is real or moto's."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.dynamodb = aws.dynamodb()
        self.s3 = aws.s3()
        self.workflow = Workflow(aws.step_functions())
        self.jobs: JobsTable = jobs_table(self.clock)
        self.s3.create_bucket(Bucket=BUCKET)
        create_state_machine()
        self.verify_sender()
        store_signing_key()
        self.notifier = Notifier(
            jobs=self.jobs,
            claims=NotificationClaims(aws.dynamodb(), TABLE, clock=self.clock),
            workflow=self.workflow,
            storage=Storage(self.s3),
            links=signed_links(self.clock),
            events=EventBus(aws.events(), source=EVENT_SOURCE),
            mailer=Mailer(aws.sesv2(), sender=SENDER, configuration_set="dev"),
            transcripts_bucket=BUCKET,
            default_recipient=DEFAULT_RECIPIENT,
            lease_seconds=LEASE_SECONDS,
        )

    def verify_sender(self) -> None:
        _ses().create_email_identity_v2(SENDER, None, None, None)

    def refuse_sender(self) -> None:
        """From here on SES answers MessageRejected."""
        _ses().delete_identity(SENDER)

    def forget(self) -> None:
        """Begin again with no job, no execution and no mail."""
        self.dynamodb.delete_item(
            TableName=TABLE, Key={"user_id": {"S": USER}, "job_id": {"S": JOB}}
        )
        _step_functions().state_machines[0].executions.clear()
        _ses().sent_messages.clear()

    def start(
        self, attempt: int = 1, *, email: str | None = "ana@example.com", user_id: str = USER
    ) -> str:
        """Claim and start an attempt, up to the point where PrepareAudio has run."""
        self.jobs.create(replace(new_job(email=email, metadata=METADATA), user_id=user_id))
        self.jobs.claim_attempt(
            user_id, JOB, attempt=attempt, execution_arn=arn(attempt), source=SOURCE
        )
        given = json.dumps(execution_input(attempt, user_id))
        self.workflow.start(MACHINE, name=executions.name_of(JOB, attempt), execution_input=given)
        self.jobs.mark_processing(user_id, JOB, execution_arn=arn(attempt))
        return arn(attempt)

    def end(
        self,
        execution_arn: str,
        status: str,
        error: str | None = None,
        cause: str = "the operators' text",
    ) -> None:
        """End an execution, or let a redrive set it to RUNNING again."""
        execution = _step_functions().describe_execution(execution_arn)
        execution.status = status
        execution.stop_date = None if status == "RUNNING" else ENDED_AT
        execution.error = error
        execution.cause = error and cause

    def succeed(self, execution_arn: str) -> None:
        """Store a transcript, complete the job and end the execution."""
        self.store_transcript()
        written = complete(self.dynamodb, execution_arn)
        if written:
            self.end(execution_arn, "SUCCEEDED")
        else:
            self.end(execution_arn, "FAILED", "Superseded")

    def store_transcript(self) -> None:
        self.s3.put_object(
            Bucket=BUCKET, Key=keys.transcript(USER, JOB, "txt"), Body="¿Empezamos? Sí.".encode()
        )

    def mails(self) -> list[Message]:
        return list(_ses().sent_messages)


def _step_functions() -> StepFunctionBackend:
    return stepfunctions_backends["123456789012"]["us-east-1"]


def _ses() -> SESBackend:
    return ses_backends["123456789012"]["us-east-1"]


def execution_input(attempt: int = 1, user_id: str = USER) -> dict[str, object]:
    """What an attempt's execution is started with."""
    return {
        "version": 1,
        "user_id": user_id,
        "job_id": JOB,
        "attempt": attempt,
        "source": SOURCE,
        "file_name": "Board meeting.mp3",
        "language": "auto",
        "vocabulary": "",
        "metadata": METADATA,
    }


def status_event(execution_arn: str, status: str, **detail: Any) -> dict[str, Any]:  # noqa: ANN401  # an event's fields
    """An event as EventBridge sends it, with the fields that matter and one that does not."""
    return {
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "detail": {"executionArn": execution_arn, "status": status, **detail},
    }
