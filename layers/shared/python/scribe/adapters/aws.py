"""AWS clients with the platform's time-outs and retries; made at composition roots only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

# Ten seconds are long for a data service and short against every function's own limit;
# SQS long polling, at most 20 s, needs the longer read.
_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 5},
    signature_version="v4",
)

_S3: Final = Config(
    signature_version="s3v4",
    # Signed addresses must name the bucket's own region: elsewhere than in us-east-1 the global
    # host redirects for a while after a bucket is made, and a browser follows no redirected PUT.
    s3={"addressing_style": "virtual"},
)

WHILE_A_CALLER_WAITS: Final = Config(
    connect_timeout=1, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 3}
)
"""For what answers HTTP requests: three tries within API Gateway's 30 seconds."""

BRIEFLY: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}
)
"""Two tries within some seconds: for what keeps something more important waiting."""


def s3(config: Config | None = None) -> S3Client:
    """A client for S3."""
    return boto3.client("s3", config=_CONFIG.merge(_S3).merge(config or Config()))


def sqs() -> SQSClient:
    """A client for SQS."""
    return boto3.client("sqs", config=_CONFIG)


def dynamodb(config: Config | None = None) -> DynamoDBClient:
    """A client for DynamoDB."""
    return boto3.client("dynamodb", config=_CONFIG.merge(config or Config()))


def step_functions(config: Config | None = None) -> SFNClient:
    """A client for Step Functions."""
    return boto3.client("stepfunctions", config=_CONFIG.merge(config or Config()))


def cloudfront(config: Config | None = None) -> CloudFrontClient:
    """A client for CloudFront."""
    return boto3.client("cloudfront", config=_CONFIG.merge(config or Config()))


def sesv2() -> SESV2Client:
    """A client for SES, version 2."""
    return boto3.client("sesv2", config=_CONFIG)


def events() -> EventBridgeClient:
    """A client for EventBridge."""
    return boto3.client("events", config=_CONFIG)


def ecs() -> ECSClient:
    """A client for ECS."""
    return boto3.client("ecs", config=_CONFIG)


def secrets_manager() -> SecretsManagerClient:
    """A client for Secrets Manager that gives up in some seconds: a request waits for it."""
    return boto3.client("secretsmanager", config=_CONFIG.merge(BRIEFLY))
