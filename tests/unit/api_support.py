"""The API as its callers meet it: requests as API Gateway gives them, answers held to schemas."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from moto import mock_aws
from scribe import schemas
from scribe.adapters import aws

from functions.api.handler import OPERATIONS, handler
from functions.api.services import services
from tests.unit import edge_support
from tests.unit.jobs_support import (
    MACHINE,
    TABLE,
    USAGE_TABLE,
    Clock,
    create_state_machine,
    jobs_table,
    usage_table,
)
from tests.unit.lambda_support import Context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client
    from scribe.adapters.jobs_table import JobsTable

    from functions.api.operations import Operation

ANA = "user_2ana"
BEN = "user_2ben"
BUCKET = "audio"
WORK_BUCKET = "work"
TRANSCRIPTS_BUCKET = "transcripts"
MEBIBYTE = 1024 * 1024

ENVIRONMENT = {
    "JOBS_TABLE": TABLE,
    "USAGE_TABLE": USAGE_TABLE,
    "IDEMPOTENCY_TABLE": "idempotency",
    "AUDIO_BUCKET": BUCKET,
    "WORK_BUCKET": WORK_BUCKET,
    "TRANSCRIPTS_BUCKET": TRANSCRIPTS_BUCKET,
    "STATE_MACHINE_ARN": MACHINE,
    "DEFAULT_LANGUAGE": "auto",
    "DEFAULT_UI_LANGUAGE": "en",
    "MAX_AUDIO_BYTES": str(20 * 1024 * MEBIBYTE),
    "OPEN_JOBS_PER_USER": "1000",
    "JOBS_PER_USER_PER_DAY": "2000",
    "BYTES_PER_USER_PER_DAY": str(200 * 1024 * MEBIBYTE),
    "MINUTES_PER_USER_PER_DAY": "6000",
    "UPLOAD_URL_LIFETIME_SECONDS": "3600",
    "EDGE_ADDRESS": edge_support.ADDRESS,
    "EDGE_SIGNING_KEY": edge_support.SIGNING_KEY,
    "EDGE_DISTRIBUTION_ID": "E1",
    "LINK_LIFETIME_SECONDS": str(edge_support.DAY),
    "POWERTOOLS_METRICS_NAMESPACE": "test",
}

NEW_JOB = {"file_name": "Board meeting.mp3", "size_bytes": 20_000_000, "content_type": "audio/mpeg"}
LARGE_JOB = {**NEW_JOB, "size_bytes": 101 * MEBIBYTE}
"""One that is uploaded in 13 parts, the last of 5 MiB."""


class LongContext(Context):
    """A call that has time left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 28_000


@dataclass(frozen=True)
class Reply:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str | None:
        """Of a problem."""
        code: str | None = self.body.get("code")
        return code


@dataclass(frozen=True)
class Api:
    """The API with its tables and its bucket.

    Attributes:
        jobs: the Jobs table.
        s3: with the audio bucket.
    """

    jobs: JobsTable
    s3: S3Client

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str | None = ANA,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        encoded: bool = False,
    ) -> Reply:
        """Send one request; the answer is one that the operation declares.

        Args:
            method, path: as they are sent, the path with its query string.
            body: a JSON document.
            user: whose session it is; None for a request that no authorizer has seen.
            headers: in addition to the body's type.
            raw: a body of any bytes, in the place of `body`.
            encoded: whether API Gateway gives the body in base64.
        """
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        event = request_event(method, path, user=user)
        event["rawQueryString"] = query
        event["headers"] = {"content-type": "application/json", **(headers or {})}
        event["isBase64Encoded"] = encoded
        if sent:
            event["body"] = base64.b64encode(sent).decode() if encoded else sent.decode()
        return reply_to(event, operation_of(method, path))

    def create(self, wished: Mapping[str, object] = NEW_JOB, *, user: str = ANA) -> Any:  # noqa: ANN401 - the schema is the type
        """Make a job and return its document."""
        reply = self.call("POST", "/jobs", wished, user=user)
        assert reply.status == 201, reply.body
        return reply.body["job"]

    def send_part(self, job_id: str, number: int, *, user: str = ANA) -> str:
        """Upload a part of its exact size, and return its ETag as S3 answers it."""
        job = self.jobs.get(user, job_id)
        assert job is not None
        plan = job["upload"]
        assert plan["part_bytes"] is not None
        left = plan["size_bytes"] - (number - 1) * plan["part_bytes"]
        return self.s3.upload_part(
            Bucket=BUCKET,
            Key=plan["key"],
            UploadId=plan["upload_id"] or "",
            PartNumber=number,
            Body=bytes([number]) * min(plan["part_bytes"], left),
        )["ETag"]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The API on moto's DynamoDB and S3."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    services.cache_clear()
    with mock_aws():
        jobs = jobs_table(Clock())
        usage_table()
        _create_idempotency_table()
        s3 = aws.s3()
        for bucket in (BUCKET, WORK_BUCKET, TRANSCRIPTS_BUCKET):
            s3.create_bucket(Bucket=bucket)
        create_state_machine()
        yield Api(jobs, s3)
    services.cache_clear()


def request_event(method: str, path: str, *, user: str | None) -> dict[str, Any]:
    """What API Gateway gives the function for a request without headers and body."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "isBase64Encoded": False,
        "requestContext": {
            "stage": "$default",
            "requestId": "request-1",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
        },
    }
    if user is not None:
        session = {"user_id": user, "session_id": "sess_1", "email": f"{user}@example.com"}
        event["requestContext"]["authorizer"] = {"lambda": session}
    return event


def reply_to(event: dict[str, Any], operation: Operation | None) -> Reply:
    """The answer to an event, which the operation, if there is one, must have declared."""
    response: Any = handler(event, LongContext())
    headers = {
        **response.get("headers", {}),
        **{name: ", ".join(v) for name, v in response.get("multiValueHeaders", {}).items()},
    }
    reply = Reply(response["statusCode"], headers, json.loads(response["body"]))
    if operation is None or not operation.public:
        assert headers["Cache-Control"] == "no-store"
    if operation is not None and reply.status in operation.answers:
        assert headers["Content-Type"] == "application/json"
        schemas.validate(operation.answers[reply.status], reply.body)
        return reply
    assert headers["Content-Type"] == "application/problem+json"
    schemas.validate("api-problem", reply.body)
    assert reply.body["status"] == reply.status
    if operation is not None:
        assert reply.code in {problem.code for problem in operation.problems}
    return reply


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request means."""
    for operation in OPERATIONS:
        pattern = re.sub(r"\{\w+\}", "[^/]+", operation.path)
        if operation.method == method and re.fullmatch(pattern, path):
            return operation
    return None


def signed_headers(url: str) -> set[str]:
    """The headers that a presigned URL's signature covers."""
    return set(parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0].split(";"))


def _create_idempotency_table() -> None:
    aws.dynamodb().create_table(
        TableName="idempotency",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
