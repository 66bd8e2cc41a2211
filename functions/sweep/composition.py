"""The composition root: the sweep's three parts, of the environment's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import TYPE_CHECKING, cast

from scribe import settings
from scribe.adapters import aws
from scribe.adapters.arrivals import Arrivals
from scribe.adapters.attempts import Attempts
from scribe.adapters.deletion import Deletion
from scribe.adapters.edge_cache import EdgeCache
from scribe.adapters.job_data import JobData
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.open_jobs import OpenJobs
from scribe.adapters.recordings import Recordings
from scribe.adapters.status_events import StatusEvents
from scribe.adapters.storage import Storage
from scribe.adapters.workflow import Workflow
from scribe.settings import SweepSettings
from scribe.sweeping import Patience

from functions.sweep.inbox_sweep import InboxSweep
from functions.sweep.open_jobs_sweep import OpenJobsSweep
from functions.sweep.tombstones_sweep import TombstonesSweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.shapes import Language, LanguageChoice


@dataclass(frozen=True)
class Sweeps:
    """What one run does, in this order."""

    open_jobs: OpenJobsSweep
    tombstones: TombstonesSweep
    inbox: InboxSweep


def compose(environment: Mapping[str, str]) -> Sweeps:
    """Make the parts.

    Raises:
        SettingInvalid: names the variable that is missing or unreadable.
    """
    chosen = settings.read(SweepSettings, environment)
    # One call that hangs must not take the time of all others.
    dynamodb = aws.dynamodb(aws.WHILE_A_CALLER_WAITS)
    s3 = aws.s3(aws.WHILE_A_CALLER_WAITS)
    workflow = Workflow(aws.step_functions(aws.WHILE_A_CALLER_WAITS))
    edge = EdgeCache(aws.cloudfront(aws.WHILE_A_CALLER_WAITS), chosen.edge_distribution_id)
    jobs = JobsTable(dynamodb, chosen.jobs_table)
    open_jobs = OpenJobs(dynamodb, chosen.jobs_table)
    recordings = Recordings(s3, chosen.audio_bucket)
    data = JobData(s3, chosen.audio_bucket, chosen.work_bucket, chosen.transcripts_bucket)
    arrivals = Arrivals(
        jobs=jobs,
        attempts=Attempts(jobs, workflow, chosen.state_machine_arn),
        default_language=cast("LanguageChoice", chosen.default_language),
        default_ui_language=cast("Language", chosen.default_ui_language),
    )
    patience = Patience(
        events=timedelta(seconds=chosen.event_patience_seconds),
        work=timedelta(seconds=chosen.work_patience_seconds),
        uploads=timedelta(days=chosen.upload_days),
        deletions=timedelta(seconds=chosen.deletion_patience_seconds),
    )
    return Sweeps(
        OpenJobsSweep(
            open_jobs=open_jobs,
            jobs=jobs,
            recordings=recordings,
            arrivals=arrivals,
            data=data,
            workflow=workflow,
            status_events=StatusEvents(aws.sqs(), chosen.notifications_queue_url),
            patience=patience,
            chance=SystemRandom(),
        ),
        TombstonesSweep(
            open_jobs=open_jobs,
            jobs=jobs,
            deletion=Deletion(jobs=jobs, workflow=workflow, data=data, edge=edge),
            patience=patience,
        ),
        InboxSweep(
            recordings=recordings,
            open_jobs=open_jobs,
            arrivals=arrivals,
            storage=Storage(s3),
            work_bucket=chosen.work_bucket,
            patience=patience,
        ),
    )
