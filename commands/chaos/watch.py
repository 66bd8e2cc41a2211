"""Looks at all rows of the Jobs table once a moment, for everybody who waits for one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Self, cast

from botocore.exceptions import BotoCoreError, ClientError
from scribe.adapters.rows import to_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from mypy_boto3_dynamodb import DynamoDBClient
    from scribe.jobs import Job

LOOK_SECONDS: Final = 0.7


class Watch:
    """The rows as they were a moment ago; looks while its block lasts.

    Args:
        client: DynamoDB's, as the operator.
        table_name: the Jobs table.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._rows: dict[str, Job] = {}
        self._looked = threading.Condition()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def rows(self) -> dict[str, Job]:
        """Every row as it is now, by job id."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table_name)
        jobs = [cast("Job", to_row(item)) for page in pages for item in page["Items"]]
        return {job["job_id"]: job for job in jobs}

    def wait(self, is_it: Callable[[Job], bool], seconds: float) -> Job | None:
        """The first row of which something holds; None if none has come in time."""
        end = time.monotonic() + seconds
        with self._looked:
            while True:
                found = next((job for job in self._rows.values() if is_it(job)), None)
                if found is not None or time.monotonic() >= end:
                    return found
                self._looked.wait(LOOK_SECONDS)

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                rows = self.rows()
            except (BotoCoreError, ClientError):
                continue  # the platform is busy or ending: those who wait have their own limit
            with self._looked:
                self._rows = rows
                self._looked.notify_all()


def is_told(job: Job) -> bool:
    """Whether a job has ended and its owner knows."""
    last = job.get("notification")
    return (
        job["status"] in {"COMPLETED", "FAILED"}
        and last is not None
        and (last["attempt"], last["outcome"], last["state"])
        == (job["attempt"], job["status"], "SENT")
    )
