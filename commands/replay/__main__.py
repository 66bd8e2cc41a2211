"""Runs failed jobs again, or hands a queue its dead letters back.

    npm run replay -- --stage prod --job 01JD8Y0000000000000000000Z
    npm run replay -- --stage prod --since 24h --dry-run
    npm run replay -- --stage prod --error WorkerLost --since 7d
    npm run replay -- --stage prod --dead-letters notifications

Each job gets an execution of its own (`{job_id}-{attempt}`), after the one before has ended, and
finds all that was stored: what is transcribed is not transcribed again. Asking twice starts
nothing twice. docs/operations.md says when a redrive in the console serves better.

The credentials are those of the environment; AWS_ENDPOINT_URL leads to a local AWS.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from scribe import ulid
from scribe.adapters.attempts import Attempts
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.workflow import Workflow
from scribe.errors import StorageUnavailable, Superseded
from scribe.executions import WorkflowUnavailable
from scribe.jobs import AttemptRefused, JobMissing

from commands.edge_keys import SERVICE
from commands.replay.choice import error_name, reason_to_skip
from commands.replay.dead_letters import DeadLetters
from commands.replay.failures import LOOKED_BACK, Failures
from commands.replay.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scribe.jobs import Job

QUEUES: Final = {"uploads": "Uploads", "notifications": "Notifications"}
"""Which queues' dead letters nobody consumes, and how their names begin in the template."""

_DURATION: Final = re.compile(r"(?P<count>[1-9][0-9]{0,4})(?P<unit>[mhd])")
_LINE: Final = "{:26}  {:>7}  {:24}  {:22}  {}"
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass
class Summary:
    """How many jobs were found, and what became of them."""

    begun: int = 0
    skipped: int = 0
    broken: int = 0


@dataclass(frozen=True)
class Replay:
    """One run of the command.

    Attributes:
        failures: finds jobs.
        attempts: runs them again.
        error: the one error whose jobs are wanted.
        job_id: the one job that is wanted.
        since: from when on executions are looked at.
        dry: only tells what would be done.
    """

    failures: Failures
    attempts: Attempts
    error: str | None
    job_id: str | None
    since: datetime
    dry: bool

    def run(self) -> int:
        """Do it, and return the process's exit status."""
        summary = Summary()
        for job in self._found():
            if not (summary.begun or summary.skipped or summary.broken):
                print(_LINE.format("job", "attempt", "changed", "failed by", "what is done"))
            done = self._handle(job, summary)
            error = error_name(job) or "–"
            print(_LINE.format(job["job_id"], job["attempt"], job["updated_at"], error, done))
        begun = "would be run again" if self.dry else "run again"
        print(f"{begun}: {summary.begun}, skipped: {summary.skipped}, broken off: {summary.broken}")
        wanted_one = self.job_id is not None and not summary.begun
        return 1 if summary.broken or wanted_one else 0

    def _found(self) -> Iterable[Job]:
        if self.job_id is None:
            jobs = self.failures.since(self.since)
            return (job for job in jobs if self.error in (None, error_name(job)))
        job = self.failures.job(self.job_id)
        return [] if job is None else [job]

    def _handle(self, job: Job, summary: Summary) -> str:
        insisted = self.job_id is not None or self.error is not None
        if reason := reason_to_skip(job, insisted=insisted):
            summary.skipped += 1
            return f"skipped: it {reason}"
        if self.dry:
            summary.begun += 1
            return "would be run again"
        try:
            queued = self.attempts.another(job)
        except (AttemptRefused, Superseded, JobMissing) as refused:
            summary.skipped += 1
            return f"skipped: {refused}"
        except (StorageUnavailable, WorkflowUnavailable) as error:
            summary.broken += 1
            return f"broke off, run this again: {error}"
        summary.begun += 1
        return f"attempt {queued['attempt']} is started"


def main(arguments: list[str]) -> int:
    """Do what the command line asks.

    Returns:
        The process's exit status: 1 where a job could not be run again.
    """
    chosen = _parse(arguments)
    boto3.setup_default_session(region_name=chosen.region)
    stack = Stack(boto3.client("cloudformation"), f"{SERVICE}-{chosen.stage}")
    try:
        if chosen.dead_letters:
            return _move(stack, chosen.dead_letters, dry=chosen.dry_run)
        return _replay(stack, chosen).run()
    except (BotoCoreError, ClientError, StorageUnavailable, WorkflowUnavailable) as error:
        print(error, file=sys.stderr)
        return 1


def _replay(stack: Stack, chosen: argparse.Namespace) -> Replay:
    client = boto3.client("stepfunctions")
    machine = stack.resource("TranscriptionStateMachine")
    jobs = JobsTable(boto3.client("dynamodb"), stack.resource("JobsTable"))
    workflow = Workflow(client)
    return Replay(
        failures=Failures(client, workflow, jobs, machine),
        attempts=Attempts(jobs, workflow, machine),
        error=chosen.error,
        job_id=chosen.job,
        since=datetime.now(UTC) - (chosen.since or LOOKED_BACK),
        dry=chosen.dry_run,
    )


def _move(stack: Stack, queue: str, *, dry: bool) -> int:
    prefix = QUEUES[queue]
    letters = DeadLetters(
        boto3.client("sqs"),
        stack.resource(f"{prefix}DeadLetterQueue"),
        stack.resource(f"{prefix}Queue"),
    )
    count = letters.count()
    if dry:
        print(f"{count} would be moved")
    else:
        print(f"{letters.move(count)} of {count} are moved")
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="npm run replay --", description="Run failed jobs, or dead letters, again."
    )
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
    parser.add_argument("--job", type=_job_id, metavar="ID", help="this one, whatever it failed by")
    parser.add_argument(
        "--since", type=_duration, metavar="24h", help="those that failed in this time (m, h, d)"
    )
    parser.add_argument("--error", metavar="NAME", help="those that failed by this error")
    parser.add_argument("--dead-letters", choices=sorted(QUEUES), help="of a queue, not jobs")
    chosen = parser.parse_args(arguments)
    named = [chosen.job, chosen.since or chosen.error, chosen.dead_letters]
    if sum(value is not None for value in named) != 1:
        parser.error("name a --job, or jobs by --since and --error, or --dead-letters")
    return chosen


def _job_id(text: str) -> str:
    if not re.fullmatch(ulid.PATTERN, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no job's id")
    return text


def _duration(text: str) -> timedelta:
    if not (match := _DURATION.fullmatch(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 90m, 24h or 7d")
    return timedelta(**{_UNITS[match["unit"]]: int(match["count"])})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
