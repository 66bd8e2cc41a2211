"""Carries jobs from their announcement to their end, each as its owner or an operator would."""

from __future__ import annotations

import functools
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from scribe import errors, keys
from scribe.errors import PermanentError

from commands.api_client import ApiClient, ApiError, ApiUnreachable, RequestRefused, content_type
from commands.chaos.evidence import Handled
from commands.chaos.plan import Kind
from commands.chaos.recordings import recording_of
from commands.chaos.watch import is_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient
    from scribe.jobs import Job

    from commands.chaos.plan import PlannedJob
    from commands.chaos.watch import Watch
    from commands.platform import Platform

PERSISTENT_SECONDS: Final = 120.0
"""For so long a user tries again what the platform could not do at that moment."""
PAUSE_SECONDS: Final = 2.0
TRIES: Final = 4
"""So often a user has a job tried again that failed by no fault of the recording."""
LONG_AGO: Final = "2026-01-01T00:00:00.000Z"
IN_PARTS_BYTES: Final = 150 * 1024 * 1024

_STILL_AT_IT: Final = frozenset({"idempotency_in_progress", "unavailable"})
_SERVER_ERROR: Final = 500


class GivenUp(Exception):
    """A user or an operator could not do something, however often it was tried."""


class Users:
    """Everybody who does something to jobs.

    Args:
        platform: a running one.
        watch: tells how jobs are.
        folder: for recordings on their way.
        seconds: how long one waits for what must come.
    """

    def __init__(self, platform: Platform, watch: Watch, folder: Path, seconds: float) -> None:
        self._platform = platform
        self._watch = watch
        self._folder = folder
        self._seconds = seconds
        self._over = threading.Event()
        self._s3: S3Client = platform.aws.client("s3")
        self._states: SFNClient = platform.aws.client("stepfunctions")
        self._ecs: ECSClient = platform.aws.client("ecs")
        self._dynamodb: DynamoDBClient = platform.aws.client("dynamodb")

    def carry(self, planned: PlannedJob) -> Handled:
        """Bring one planned job to its end, and say what its owner knows of it."""
        handled = Handled(planned)
        try:
            if planned.stops_a_worker:
                self._stop_a_worker()
            if planned.kind is Kind.INBOX:
                self._by_the_inbox(handled)
            else:
                api = ApiClient(self._platform.url, self._token_of(planned.user_id))
                self._through_the_api(api, handled)
        except (GivenUp, ApiError) as error:
            handled.trouble = f"{type(error).__name__}: {error}"
        return handled

    def leave(self) -> None:
        """Let nobody wait or try again any longer."""
        self._over.set()

    def let_a_day_pass(self, jobs: Iterable[Job]) -> None:
        """Set back when jobs were announced: what an upload may take is counted in days."""
        for job in jobs:
            self._dynamodb.update_item(
                TableName=self._platform.outputs["JobsTableName"],
                Key={"user_id": {"S": job["user_id"]}, "job_id": {"S": job["job_id"]}},
                UpdateExpression="SET created_at = :moment",
                ExpressionAttributeValues={":moment": {"S": LONG_AGO}},
            )

    def _token_of(self, user_id: str) -> Callable[[], str]:
        issuer, address = self._platform.issuer, f"{user_id}@platform.example"
        return lambda: str(issuer.token(user_id, address)["token"])

    def _by_the_inbox(self, handled: Handled) -> None:
        path = recording_of(handled.planned, self._folder)
        key = f"{keys.INBOX}/{path.name}"
        bucket = self._platform.outputs["AudioBucketName"]
        self._s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
        path.unlink()
        handled.accepted = True
        job = self._wait(lambda job: job.get("source", {}).get("key") == key, "begun")
        handled.job_ids = (job["job_id"],)
        self._until_told(job["job_id"])

    def _through_the_api(self, api: ApiClient, handled: Handled) -> None:
        planned = handled.planned
        path = recording_of(planned, self._folder)
        wished = _announcement(planned, path)
        key = {"Idempotency-Key": secrets.token_hex(16)}
        times = 2 if planned.kind is Kind.REPEATED else 1
        for _ in range(times):
            created = self._persistently(lambda: api.call("POST", "/jobs", wished, headers=key))
            handled.job_ids += (created["job"]["job_id"],)
        job_id = handled.job_ids[0]
        if planned.kind is Kind.GIVEN_UP:
            self._persistently(lambda: api.call("DELETE", f"/jobs/{job_id}/upload"))
        elif planned.kind is Kind.ABANDONED:
            self.let_a_day_pass([self._wait(lambda job: _is(job, job_id, "PENDING"), "there")])
            self._wait(lambda job: _is(job, job_id, "EXPIRED"), "expired")
        else:
            self._persistently(lambda: api.upload(created, path))
            handled.accepted = True
            self._follow(api, planned, job_id)
        path.unlink()

    def _follow(self, api: ApiClient, planned: PlannedJob, job_id: str) -> None:
        if planned.kind in {Kind.DELETED_RUNNING, Kind.RETRIED}:
            job = self._wait(lambda job: _has_begun(job, job_id), "begun")
            if planned.kind is Kind.RETRIED:
                self._states.stop_execution(
                    executionArn=job["execution_arn"], error="Operator", cause="by hand"
                )
        if planned.kind is not Kind.DELETED_RUNNING:
            self._until_told(job_id, api)
        if planned.kind in {Kind.DELETED_RUNNING, Kind.DELETED_AFTER}:
            self._persistently(lambda: api.call("DELETE", f"/jobs/{job_id}"))

    def _until_told(self, job_id: str, api: ApiClient | None = None) -> None:
        """Wait for a job's end; what failed by no fault of the recording is tried again."""
        for _ in range(TRIES):
            job = self._wait(lambda job: job["job_id"] == job_id and is_told(job), "told")
            error = errors.BY_NAME.get(job["error"]["name"]) if "error" in job else None
            is_final = error is not None and issubclass(error, PermanentError)
            if job["status"] == "COMPLETED" or is_final or api is None:
                return
            self._try_again(api, job)
        raise GivenUp(f"failed {TRIES} times")

    def _try_again(self, api: ApiClient, job: Job) -> None:
        try:
            self._persistently(lambda: api.call("POST", f"/jobs/{job['job_id']}/retry"))
        except RequestRefused as refused:
            # An answer that was lost may have been a yes, and the job be done since.
            if refused.code != "job_not_failed":
                raise
        self._wait(functools.partial(_moved_on, job), "tried again")

    def _wait(self, is_it: Callable[[Job], bool], what: str) -> Job:
        end = time.monotonic() + self._seconds
        while time.monotonic() < end and not self._over.is_set():
            job = self._watch.wait(is_it, PAUSE_SECONDS)
            if job is not None:
                return job
        raise GivenUp(f"not {what} within {self._seconds:.0f} s")

    def _persistently(self, do: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever it returns
        end = time.monotonic() + PERSISTENT_SECONDS
        while True:
            try:
                return do()
            except (ApiUnreachable, RequestRefused) as error:
                if time.monotonic() > end or not _passes(error) or self._over.is_set():
                    raise
            time.sleep(PAUSE_SECONDS)

    def _stop_a_worker(self) -> None:
        cluster = self._platform.outputs["WorkersClusterName"]
        for task in self._ecs.list_tasks(cluster=cluster)["taskArns"][:1]:
            self._ecs.stop_task(cluster=cluster, task=task, reason="by hand")


def _passes(error: ApiUnreachable | RequestRefused) -> bool:
    if isinstance(error, ApiUnreachable):
        return True
    return error.status >= _SERVER_ERROR or error.code in _STILL_AT_IT


def _announcement(planned: PlannedJob, path: Path) -> Mapping[str, Any]:
    in_parts = planned.kind in {Kind.ABANDONED, Kind.GIVEN_UP} and planned.number % 2
    return {
        "file_name": path.name,
        "size_bytes": IN_PARTS_BYTES if in_parts else path.stat().st_size,
        "content_type": content_type(path),
        "vocabulary": "Ada, Ben",
        "metadata": {"number": str(planned.number)},
    }


def _is(job: Job, job_id: str, status: str) -> bool:
    return job["job_id"] == job_id and job["status"] == status


def _has_begun(job: Job, job_id: str) -> bool:
    return job["job_id"] == job_id and job["status"] not in {"PENDING", "QUEUED"}


def _moved_on(last: Job, job: Job) -> bool:
    return job["job_id"] == last["job_id"] and job["attempt"] > last["attempt"]
