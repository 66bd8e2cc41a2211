"""SQS and DynamoDB: what AWS does as one step stays one step between concurrent callers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

if TYPE_CHECKING:
    from local.aws import LocalAws

CALLERS = 8


def test_a_message_is_received_by_one_of_many_callers(aws: LocalAws, name: str) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for number in range(40):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def receive_all(_: int) -> list[str]:
        received: list[str] = []
        while messages := sqs.receive_message(QueueUrl=url).get("Messages"):
            received += [message["Body"] for message in messages]
        return received

    with ThreadPoolExecutor(CALLERS) as pool:
        received = [body for bodies in pool.map(receive_all, range(CALLERS)) for body in bodies]
    assert sorted(received, key=int) == [str(number) for number in range(40)]


def test_a_receiver_that_has_left_takes_no_message(aws: LocalAws, name: str) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    impatient: Any = boto3.Session().client
    leaves_after_a_second = impatient(
        "sqs",
        endpoint_url=aws.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(read_timeout=1, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ReadTimeoutError):
        leaves_after_a_second.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    # The next look of the waiting call finds the connection closed.
    sqs.send_message(QueueUrl=url, MessageBody="for someone else", DelaySeconds=1)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert message["Body"] == "for someone else"


def test_of_many_conditional_writes_one_succeeds(aws: LocalAws, name: str) -> None:
    dynamodb: Any = aws.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    def claim(item: str, number: int) -> bool:
        try:
            dynamodb.put_item(
                TableName=name,
                Item={"id": {"S": item}, "by": {"N": str(number)}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    with ThreadPoolExecutor(CALLERS) as pool:
        for item in ("a", "b", "c"):
            claims = list(pool.map(lambda number, item=item: claim(item, number), range(CALLERS)))
            assert claims.count(True) == 1
