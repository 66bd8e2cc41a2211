"""Which chunks of a job are transcribed: a set in its row, that each worker adds to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from scribe.errors import StorageUnavailable, Superseded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ChunkProgress:
    """The finished chunks in the rows of the Jobs table.

    Nothing of a row is read: a worker's role lets it see no owner's address. And `updated_at`
    stays, because it is the key of two indices, and each chunk would be written to both.

    Args:
        client: DynamoDB's low-level client.
        table_name: the Jobs table.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def record(self, user_id: str, job_id: str, *, execution_arn: str, index: int) -> None:
        """Record that a chunk is transcribed; a second time changes nothing.

        Whatever the job's status: a redrive that begins with a chunk leaves it FAILED.

        Raises:
            Superseded: the row is gone, deleted, or another execution's.
            StorageUnavailable: DynamoDB refused or did not answer.
        """
        refused = self._client.exceptions.ConditionalCheckFailedException
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key={"user_id": {"S": user_id}, "job_id": {"S": job_id}},
                UpdateExpression="ADD #chunks_done :index",
                # A row that is not there has no execution either.
                ConditionExpression="#execution_arn = :execution_arn AND #status <> :deleted",
                ExpressionAttributeNames={
                    "#chunks_done": "chunks_done",
                    "#execution_arn": "execution_arn",
                    "#status": "status",
                },
                ExpressionAttributeValues={
                    ":index": {"NS": [str(index)]},
                    ":execution_arn": {"S": execution_arn},
                    ":deleted": {"S": "DELETED"},
                },
            )
        except refused as error:
            raise Superseded("the job was deleted, or another attempt owns it") from error
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"recording a chunk of {self._table_name}: {error}") from error
