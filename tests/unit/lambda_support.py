"""Lambda's side of a handler: its context, and events that carry SQS messages."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext


class Context(LambdaContext):
    """What the runtime tells a function about its call."""

    def __init__(self) -> None:
        self._aws_request_id = "request-1"
        self._function_name = "function"


def batch(*bodies: object) -> dict[str, Any]:
    """An event with one message for each body; a string is sent as it is."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def kept(response: Any) -> list[str]:  # noqa: ANN401  # Powertools' answer to Lambda
    """The ids of the messages that will be received again."""
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
