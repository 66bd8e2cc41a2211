"""The open jobs, by the time of their last change: the sparse index that the sweep walks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from scribe import jobs
from scribe.adapters import rows
from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from scribe.jobs import Job

INDEX: Final = "open-jobs"

_READ_AT_ONCE: Final = 100
"""DynamoDB's limit on one BatchGetItem."""
_ROUNDS: Final = 5
"""How often rows that DynamoDB leaves out, being busy, are asked for again."""


@dataclass(frozen=True)
class OpenJob:
    """The key of a job's row."""

    user_id: str
    job_id: str


class OpenJobs:
    """Reads the index, and the rows that it points to.

    Args:
        client: DynamoDB's low-level client.
        table_name: the Jobs table.

    Raises:
        StorageUnavailable: from every method, when DynamoDB refuses or does not answer.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def unchanged(
        self, shard: str, *, until: datetime, since: datetime | None = None
    ) -> Iterator[OpenJob]:
        """The jobs of one partition, those that changed longest ago first, page after page.

        Args:
            shard: the partition.
            until: their last change lies before it.
            since: their last change does not lie before it.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            IndexName=INDEX,
            KeyConditionExpression="#shard = :shard AND #at BETWEEN :since AND :until",
            ExpressionAttributeNames={"#shard": "open_shard", "#at": "updated_at"},
            ExpressionAttributeValues={
                ":shard": {"S": shard},
                ":since": {"S": jobs.timestamp(since) if since else "0"},
                ":until": {"S": jobs.timestamp(until)},
            },
        )
        try:
            for page in pages:
                for item in page["Items"]:
                    yield OpenJob(item["user_id"]["S"], item["job_id"]["S"])
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"reading {INDEX}: {error}") from error

    def rows(self, wanted: Iterable[OpenJob]) -> Iterator[Job]:
        """The jobs' rows as they are at this moment, in any order; one that is gone is left out."""
        keys = [rows.to_item({"user_id": w.user_id, "job_id": w.job_id}) for w in wanted]
        for first in range(0, len(keys), _READ_AT_ONCE):
            yield from self._read(keys[first : first + _READ_AT_ONCE])

    def _read(self, keys: list[dict[str, Any]]) -> Iterator[Job]:
        request: Any = {self._table_name: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(_ROUNDS):
            try:
                answer = self._client.batch_get_item(RequestItems=request)
            except (BotoCoreError, ClientError) as error:
                raise StorageUnavailable(f"reading rows of {self._table_name}: {error}") from error
            for item in answer["Responses"].get(self._table_name, ()):
                yield cast("Job", rows.to_row(item))
            request = answer.get("UnprocessedKeys")
            if not request:
                return
        raise StorageUnavailable(f"{self._table_name} is too busy to read {len(keys)} rows")
