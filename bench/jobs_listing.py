"""Measures a page of a user who has 10,000 jobs: its queries, rows read, the function's own time.

The table is moto's, so that only what is asked of DynamoDB is counted. The function's own time is
that of turning DynamoDB's answer into the page's document, without the call itself.

    python -m bench.jobs_listing
"""

from __future__ import annotations

import json
import os
import statistics
import time
from typing import TYPE_CHECKING, Any, Final

from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.jobs_listing import JobsListing

from functions.api import documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

JOBS: Final = 10_000
TABLE: Final = "jobs"
USER: Final = "user_2bench"
LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "all, 25 a page": {"limit": 25},
    "all, 100 a page": {"limit": 100},
    "FAILED, one in a hundred": {"limit": 25, "status": "FAILED"},
    "a name that one job has": {"limit": 25, "name_part": "ÁRBOL"},
    "a name that all have": {"limit": 100, "name_part": "junta"},
}
ROUNDS: Final = 100


class _Recorded:
    """A client that gives one answer again and again."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self._answer = answer

    def query(self, **_: object) -> Mapping[str, Any]:
        return self._answer


def main() -> None:
    """Print the figures."""
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    with mock_aws():
        client = aws.dynamodb()
        _fill(client)
        answers: list[dict[str, Any]] = []
        client.meta.events.register(
            "after-call.dynamodb.Query", lambda parsed, **_: answers.append(parsed)
        )
        for what, wished in LISTS.items():
            answers.clear()
            JobsListing(client, TABLE).page(USER, **wished)
            read = answers[0]["ScannedCount"]
            milliseconds = _own_milliseconds(answers[0], wished)
            *_, p95 = statistics.quantiles(milliseconds, n=20)
            print(
                f"{what}: {len(answers)} query, {read} rows read;"
                f" {statistics.median(milliseconds):.1f} ms median, {p95:.1f} ms p95"
            )


def _own_milliseconds(answer: Mapping[str, Any], wished: Mapping[str, Any]) -> list[float]:
    client: Any = _Recorded(answer)
    listing = JobsListing(client, TABLE)
    measured = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        page = listing.page(USER, **wished)
        json.dumps([documents.of_job(job) for job in page.jobs], ensure_ascii=False)
        measured.append((time.perf_counter() - begun) * 1000)
    return measured


def _fill(client: DynamoDBClient) -> None:
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("user_id", "job_id")
        ],
        KeySchema=[
            {"AttributeName": "user_id", "KeyType": "HASH"},
            {"AttributeName": "job_id", "KeyType": "RANGE"},
        ],
    )
    puts: list[Any] = [{"PutRequest": {"Item": _item(number)}} for number in range(JOBS)]
    for begin in range(0, JOBS, 25):
        client.batch_write_item(RequestItems={TABLE: puts[begin : begin + 25]})


def _item(number: int) -> dict[str, Any]:
    """A finished job's row, with the fields that make it large."""
    job_id = f"01JD{number:022d}"
    failed = number % 100 == 0
    name = "Árbol de junta.mp3" if number == JOBS // 2 else f"Reunión de junta {number}.mp3"
    item: dict[str, Any] = {
        "user_id": {"S": USER},
        "job_id": {"S": job_id},
        "status": {"S": "FAILED" if failed else "COMPLETED"},
        "attempt": {"N": "1"},
        "file_name": {"S": name},
        "language": {"S": "auto"},
        "ui_language": {"S": "es"},
        "vocabulary": {"S": "Bogotá, Ana María Lopera, " * 10},
        "metadata": {"M": {"team": {"S": "legal"}, "case": {"S": "118"}}},
        "upload": {
            "M": {
                "key": {"S": f"{USER}/{job_id}/audio.mp3"},
                "content_type": {"S": "audio/mpeg"},
                "size_bytes": {"N": "20000000"},
                "part_bytes": {"NULL": True},
                "upload_id": {"NULL": True},
            }
        },
        "created_at": {"S": "2026-11-22T10:00:00.000Z"},
        "updated_at": {"S": "2026-11-22T10:03:00.000Z"},
        "chunk_count": {"N": "12"},
        "transcribing_since": {"S": "2026-11-22T10:00:30.000Z"},
        "chunks_done": {"NS": [str(index) for index in range(12)]},
    }
    if failed:
        item["error"] = {"M": {"name": {"S": "WorkerLost"}, "message": {"S": "lost"}}}
        return item
    figures = {
        "language_probability": "0.98",
        "duration_seconds": "7203.25",
        "word_count": "18321",
        "confidence": "0.934",
        "gap_count": "1",
        "gap_seconds": "4.5",
        "doubtful_count": "2",
        "cost_usd": "0.0423",
    }
    item["result"] = {
        "M": {
            "language": {"S": "es"},
            "no_speech": {"BOOL": False},
            **{field: {"N": value} for field, value in figures.items()},
        }
    }
    return item


if __name__ == "__main__":
    main()
