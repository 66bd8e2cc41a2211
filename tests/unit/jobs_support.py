"""A Jobs table in moto, a clock that the test turns, and the values that jobs are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scribe import executions
from scribe.adapters import aws
from scribe.adapters.jobs_table import JobsTable
from scribe.adapters.usage_table import UsageTable
from scribe.jobs import NewJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from scribe.shapes import Figures, Source

TABLE: Final = "jobs"
USAGE_TABLE: Final = "usage"
MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:transcription"
USER: Final = "user_2abc"
JOB: Final = "01JD8Y0000000000000000000Z"
SOURCE: Final[Source] = {
    "bucket": "audio",
    "key": f"{USER}/{JOB}/audio.mp3",
    "size_bytes": 20_000_000,
    "etag": "0123",
    "version_id": None,
}
RESULT: Final[Figures] = {
    "language": "en",
    "language_probability": 0.98,
    "duration_seconds": 1503.25,
    "word_count": 4321,
    "confidence": 0.934,
    "gap_count": 0,
    "gap_seconds": 0,
    "doubtful_count": 0,
    "no_speech": False,
    "cost_usd": 0.0123,
}


def arn(attempt: int = 1, job_id: str = JOB) -> str:
    """The ARN of a job's execution."""
    return executions.arn_of(MACHINE, executions.name_of(job_id, attempt))


def new_job(
    email: str | None = "ana@example.com",
    job_id: str = JOB,
    vocabulary: str = "",
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> NewJob:
    """A job as the API would write it."""
    return NewJob(
        USER,
        job_id,
        "Board meeting.mp3",
        language="auto",
        ui_language="en",
        email=email,
        vocabulary=vocabulary,
        metadata=metadata,
    )


@dataclass
class Clock:
    """A moment that only `advance` moves."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 10, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def jobs_table(clock: Clock) -> JobsTable:
    """Create the table in moto, with the keys and the index of `resources/database.yml`."""
    client = aws.dynamodb()
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("user_id", "job_id", "open_shard", "updated_at")
        ],
        KeySchema=[
            {"AttributeName": "user_id", "KeyType": "HASH"},
            {"AttributeName": "job_id", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open-jobs",
                "KeySchema": [
                    {"AttributeName": "open_shard", "KeyType": "HASH"},
                    {"AttributeName": "updated_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "open-jobs-of-user",
                "KeySchema": [
                    {"AttributeName": "user_id", "KeyType": "HASH"},
                    {"AttributeName": "open_shard", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    )
    return JobsTable(client, TABLE, clock=clock)


def usage_table() -> UsageTable:
    """Create the table of what users ask for in a day, in moto."""
    client = aws.dynamodb()
    client.create_table(
        TableName=USAGE_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "user_id", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "user_id", "KeyType": "HASH"},
            {"AttributeName": "day", "KeyType": "RANGE"},
        ],
    )
    return UsageTable(client, USAGE_TABLE)


def create_state_machine() -> None:
    """Create `MACHINE` in moto, whose executions run until the test ends them."""
    aws.step_functions().create_state_machine(
        name="transcription",
        definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/workflow",
    )


def open_jobs(client: DynamoDBClient, job_id: str = JOB) -> int:
    """How many jobs the open-jobs index holds in the partition of one job."""
    answer = client.query(
        TableName=TABLE,
        IndexName="open-jobs",
        KeyConditionExpression="open_shard = :shard",
        ExpressionAttributeValues={":shard": {"S": job_id[25]}},
    )
    return answer["Count"]


def complete(client: DynamoDBClient, execution_arn: str, job_id: str = JOB) -> bool:
    """Write what the state CompleteJob writes; False where its condition does not hold."""
    try:
        client.update_item(
            TableName=TABLE,
            Key={"user_id": {"S": USER}, "job_id": {"S": job_id}},
            UpdateExpression=(
                "SET #status = :completed, #result = :result, open_shard = :shard REMOVE #error"
            ),
            ConditionExpression=(
                "attribute_exists(job_id) AND #status <> :deleted AND execution_arn = :arn"
            ),
            ExpressionAttributeNames={
                "#status": "status",
                "#result": "result",
                "#error": "error",
            },
            ExpressionAttributeValues={
                ":completed": {"S": "COMPLETED"},
                ":deleted": {"S": "DELETED"},
                ":arn": {"S": execution_arn},
                ":shard": {"S": job_id[25]},
                ":result": {"M": _RESULT_ITEM},
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


_RESULT_ITEM: Final = {
    "language": {"S": "en"},
    "language_probability": {"N": "0.98"},
    "duration_seconds": {"N": "1503.25"},
    "word_count": {"N": "4321"},
    "confidence": {"N": "0.934"},
    "gap_count": {"N": "0"},
    "gap_seconds": {"N": "0"},
    "doubtful_count": {"N": "0"},
    "no_speech": {"BOOL": False},
    "cost_usd": {"N": "0.0123"},
}
