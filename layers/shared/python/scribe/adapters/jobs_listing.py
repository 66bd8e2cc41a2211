"""A user's jobs, newest first, in pages that cost one query each."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from scribe.adapters import rows
from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

    from scribe.jobs import Job, Status

MOST_ROWS: Final = 400
"""Rows that one query reads where most may not fit: at some 1.5 kB each, within the 1 MB at
which DynamoDB ends a page by itself."""

_ROOM_FOR_TOMBSTONES: Final = 25
"""Rows that are read beyond a page's limit, so that a few deleted jobs do not shorten it."""

_SHOWN: Final = (
    "job_id",
    "status",
    "file_name",
    "upload.size_bytes",
    "upload.content_type",
    "source.size_bytes",
    "language",
    "ui_language",
    "vocabulary",
    "metadata",
    "created_at",
    "updated_at",
    "attempt",
    "chunk_count",
    "transcribing_since",
    "chunks_done",
    "error.name",
    "result",
    "feedback",
)
"""The fields of a row that a list carries: what its reader is shown, and no more."""


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        jobs: newest first; of each row only the fields that are shown.
        last_read: the job up to which the list has been read; None where it ends here. There
            may be more where the page holds fewer jobs than its limit, or none.
    """

    jobs: tuple[Job, ...]
    last_read: str | None


class JobsListing:
    """Lists of jobs in the Jobs table.

    Args:
        client: DynamoDB's low-level client.
        table_name: the Jobs table.
        most_rows: that one query may read.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, *, most_rows: int = MOST_ROWS
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._most_rows = most_rows

    def page(
        self,
        user_id: str,
        *,
        limit: int,
        after: str | None = None,
        status: Status | None = None,
        name_part: str = "",
    ) -> Page:
        """Read one page, as it is at this moment, in one query.

        Args:
            user_id: whose jobs.
            limit: the most jobs that it may hold.
            after: the job after which it begins, whether it is still there or not; None for
                the newest.
            status: of the jobs; None for every one but DELETED.
            name_part: what their file names hold, in any case and Unicode composition.

        Raises:
            StorageUnavailable: DynamoDB refused or did not answer.
        """
        selective = status is not None or name_part != ""
        enough = self._most_rows if selective else limit + _ROOM_FOR_TOMBSTONES
        read = min(enough, self._most_rows)
        answer = self._query(user_id, after=after, status=status, read=read)
        part = _folded(name_part)
        found = [item for item in answer["Items"] if part in _folded(item["file_name"]["S"])]
        jobs = tuple(cast("Job", rows.to_row(item)) for item in found[:limit])
        if len(found) > limit:
            return Page(jobs, last_read=jobs[-1]["job_id"])
        end = answer.get("LastEvaluatedKey")
        return Page(jobs, last_read=end["job_id"]["S"] if end else None)

    def _query(
        self, user_id: str, *, after: str | None, status: Status | None, read: int
    ) -> QueryOutputTypeDef:
        fields = {field for path in _SHOWN for field in path.split(".")}
        values: dict[str, Any] = {":user_id": {"S": user_id}, ":status": {"S": status or "DELETED"}}
        key = "#user_id = :user_id"
        if after is not None:
            key += " AND #job_id < :after"
            values[":after"] = {"S": after}
        try:
            return self._client.query(
                TableName=self._table_name,
                KeyConditionExpression=key,
                FilterExpression="#status = :status" if status else "#status <> :status",
                ProjectionExpression=", ".join(
                    ".".join(f"#{field}" for field in path.split(".")) for path in _SHOWN
                ),
                ExpressionAttributeNames={f"#{field}": field for field in {*fields, "user_id"}},
                ExpressionAttributeValues=values,
                # Job ids begin with the moment at which they were made.
                ScanIndexForward=False,
                # Whoever has just made or deleted a job looks for it here.
                ConsistentRead=True,
                Limit=read,
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"listing rows of {self._table_name}: {error}") from error


def _folded(text: str) -> str:
    """One spelling for all that differ in case and in how accents are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
