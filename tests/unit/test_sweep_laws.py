"""Whatever happens to a job and whichever events are lost: the sweep brings it to one told end."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from scribe import executions, jobs
from scribe.adapters import aws
from scribe.adapters.attempts import Attempts
from scribe.errors import Superseded
from scribe.executions import ExecutionMissing
from scribe.jobs import AttemptRefused

from functions.notify.notifier import NothingToTell
from functions.sweep import composition
from functions.sweep.handler import sweep
from functions.sweep.run import Run
from tests.unit.edge_support import create_distribution
from tests.unit.jobs_support import JOB, MACHINE, TABLE, USER
from tests.unit.notify_support import BUCKET, Platform, status_event

if TYPE_CHECKING:
    from scribe.jobs import Job

HOUR: Final = 3600
STEPS: Final = ("fail", "succeed", "redrive", "replay", "claim", "delete", "sweep")

steps = st.lists(st.tuples(st.sampled_from(STEPS), st.booleans()), max_size=8)


class ItsPartition(Random):
    """Looks into the partition of the one job alone: the other 31 are empty."""

    def sample(self, *_: object, **__: object) -> Any:  # noqa: ANN401  # of any population
        return [jobs.open_shard(JOB)]


class Story:
    """One job, from its first attempt on."""

    def __init__(self) -> None:
        self.platform = Platform()
        self.platform.clock.moment = datetime.now(UTC)
        for bucket in ("audio", "work"):
            self.platform.s3.create_bucket(Bucket=bucket)
        self.queue_url = aws.sqs().create_queue(QueueName="notifications")["QueueUrl"]
        sweeps = composition.compose(
            {
                "JOBS_TABLE": TABLE,
                "AUDIO_BUCKET": "audio",
                "WORK_BUCKET": "work",
                "TRANSCRIPTS_BUCKET": BUCKET,
                "STATE_MACHINE_ARN": MACHINE,
                "NOTIFICATIONS_QUEUE_URL": self.queue_url,
                "EDGE_DISTRIBUTION_ID": create_distribution(),
                "DEFAULT_LANGUAGE": "auto",
                "DEFAULT_UI_LANGUAGE": "en",
                "EVENT_PATIENCE_SECONDS": "600",
                "WORK_PATIENCE_SECONDS": "1800",
                "DELETION_PATIENCE_SECONDS": "10800",
                "UPLOAD_DAYS": "1",
            }
        )
        open_jobs = replace(sweeps.open_jobs, chance=ItsPartition())
        self.sweeps = replace(sweeps, open_jobs=open_jobs)
        self.attempts = Attempts(self.platform.jobs, self.platform.workflow, MACHINE)
        self.platform.start()

    def row(self) -> Job:
        job = self.platform.jobs.get(USER, JOB)
        assert job is not None
        return job

    def status(self) -> str:
        """Of the current execution; MISSING where the attempt is claimed and not started."""
        try:
            return self.platform.workflow.describe(self.row()["execution_arn"]).status
        except ExecutionMissing:
            return "MISSING"

    def step(self, what: str, *, heard: bool) -> None:
        """Let something happen, if it can; its event is heard or lost."""
        job, running = self.row(), self.status() == "RUNNING"
        execution = job["execution_arn"]
        if what == "delete" and heard:
            self.platform.jobs.delete(USER, JOB)
        elif what == "sweep":
            self.sweep()
        elif job["status"] == "DELETED":
            return
        elif what in ("fail", "succeed") and running:
            with contextlib.suppress(Superseded):
                self.platform.jobs.mark_processing(USER, JOB, execution_arn=execution)
            if what == "fail":
                self.platform.end(execution, "FAILED", "WorkerLost")
            else:
                self.platform.succeed(execution)
            if heard:
                self.tell(status_event(execution, self.status()))
        elif what == "redrive" and self.status() == "FAILED":
            self.platform.end(execution, "RUNNING")
        elif what == "replay":
            with contextlib.suppress(AttemptRefused):
                self.attempts.another(job)
        elif what == "claim" and job["status"] == "FAILED" and not running:
            self.claim(job)

    def claim(self, job: Job) -> None:
        """Claim another attempt, and be lost before its start."""
        attempt = job["attempt"] + 1
        name = executions.name_of(JOB, attempt)
        self.platform.jobs.claim_attempt(
            USER,
            JOB,
            attempt=attempt,
            execution_arn=executions.arn_of(MACHINE, name),
            source=job["source"],
        )

    def sweep(self) -> int:
        """Sweep an hour later, and let `notify` work off what it says."""
        self.platform.clock.advance(HOUR)
        run = Run(lambda: 300_000)
        sweep(self.sweeps, run, self.platform.clock())
        assert run.failures == 0
        sqs = aws.sqs()
        while messages := sqs.receive_message(QueueUrl=self.queue_url).get("Messages"):
            self.tell(json.loads(messages[0]["Body"]))
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=messages[0]["ReceiptHandle"])
        return sum(run.repairs.values())

    def tell(self, event: dict[str, object]) -> None:
        with contextlib.suppress(NothingToTell, Superseded):
            self.platform.notifier.tell(event)


@example([("fail", True), ("redrive", True), ("fail", False)])
@example([("fail", False), ("claim", True)])
@settings(
    max_examples=40,
    # Shrinking takes minutes on moto; eight steps can be read.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps)
def test_every_job_comes_to_one_told_end_and_none_that_is_well_is_touched(
    happened: list[tuple[str, bool]],
) -> None:
    with mock_aws():
        story = Story()
        for what, heard in happened:
            story.step(what, heard=heard)
        for _ in range(4):
            story.sweep()
        settled, mails = story.row(), len(story.platform.mails())
        assert story.sweep() == 0
        assert (story.row(), len(story.platform.mails())) == (settled, mails)
        if settled["status"] == "DELETED":
            assert "open_shard" not in settled
        elif story.status() != "RUNNING":
            told = settled["notification"]
            assert (told["attempt"], told["outcome"]) == (settled["attempt"], settled["status"])
            assert told["state"] == "SENT"
            assert "open_shard" not in settled
        else:
            assert settled["status"] in ("QUEUED", "PROCESSING", "FAILED")
