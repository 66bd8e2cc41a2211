"""SQS and DynamoDB: what AWS does as one step stays one step between concurrent callers."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from botocore.exceptions import ClientError

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
    form = {"Action": "ReceiveMessage", "QueueUrl": url, "WaitTimeSeconds": "20"}
    body = urlencode(form).encode()
    address = urlsplit(aws.endpoint_url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as receiver:
        receiver.sendall(
            b"POST / HTTP/1.1\r\nHost: sqs.us-east-1.amazonaws.com\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        receiver.settimeout(0.5)
        try:
            answered = receiver.recv(1) != b""
        except TimeoutError:
            answered = False
    assert not answered, "it should still have been waiting"
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
            assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
            return False
        return True

    with ThreadPoolExecutor(CALLERS) as pool:
        for item in ("a", "b", "c"):
            claims = list(pool.map(lambda number, item=item: claim(item, number), range(CALLERS)))
            assert claims.count(True) == 1
