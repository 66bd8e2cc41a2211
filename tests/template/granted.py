"""What a program's calls need of IAM, and what else each role is granted, with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.support.programs.client_calls import Walk
from tests.support.programs.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = {
    "commands": ROOT,
    "functions": ROOT,
    "local": ROOT,
    "scribe": ROOT / "layers/shared/python",
    "worker": ROOT / "worker-image",
}

_PREFIXES: Final = {"service-quotas": "servicequotas", "sesv2": "ses", "stepfunctions": "states"}
"""Of IAM, where boto3 calls a service by another name."""

_OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:UploadPart": ("s3:PutObject",),
}
"""Operations that IAM knows by other names; all others have their own."""

HANDED_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "dynamodb to aws_lambda_powertools.utilities.idempotency.DynamoDBPersistenceLayer": (
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
    ),
}
"""Clients that other people's code is given, and what it calls."""

FROM_A_QUEUE: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""Lambda itself calls these, with the role of the function that it calls."""

LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")

_TELL_MISSING: Final = "without it S3 answers 403, not 404, for an object that is not there"

ALSO: Final[Mapping[str, Mapping[str, str]]] = {
    "ApiRole": {
        "s3:DeleteObjectVersion": "DeleteObjects with the versions named",
        "s3:ListBucket": _TELL_MISSING,
    },
    "AssembleTranscriptRole": {"s3:ListBucket": _TELL_MISSING},
    "PrepareAudioRole": {"s3:GetObjectVersion": "GetObject with the version named"},
    "SweepRole": {
        "s3:DeleteObjectVersion": "DeleteObjects with the versions named",
        "s3:ListBucket": _TELL_MISSING,
    },
    "WorkerTaskRole": {
        "s3:ListBucket": _TELL_MISSING,
        "ecs:UpdateTaskProtection": "ECS's agent calls it for the task, which asks by HTTP",
    },
    "TranscriptionRole": {
        "ecs:DescribeTasks": "runTask.sync looks at its task",
        "ecs:StopTask": "runTask.sync ends its task with the state",
        "ecs:TagResource": "runTask hands on the task definition's tags",
        "events:DescribeRule": "runTask.sync hears of its task by a rule of Step Functions' own",
        "events:PutRule": "as above",
        "events:PutTargets": "as above",
        "iam:PassRole": "runTask gives the task its two roles",
        "logs:CreateLogDelivery": "Step Functions sends its logs itself",
        "logs:DeleteLogDelivery": "as above",
        "logs:DescribeLogGroups": "as above",
        "logs:DescribeResourcePolicies": "as above",
        "logs:GetLogDelivery": "as above",
        "logs:ListLogDeliveries": "as above",
        "logs:PutResourcePolicy": "as above",
        "logs:UpdateLogDelivery": "as above",
        "xray:GetSamplingRules": "Step Functions traces by itself",
        "xray:GetSamplingTargets": "as above",
        "xray:PutTelemetryRecords": "as above",
        "xray:PutTraceSegments": "as above",
    },
}
"""What a role is granted although no code of ours calls it, and why."""


def actions_for(operations: Iterable[str]) -> set[str]:
    """The actions of IAM that operations need, each written `service:Operation`."""
    needed: set[str] = set()
    for each in operations:
        service, _, name = each.partition(":")
        needed.update(_OTHERWISE.get(each, (f"{_PREFIXES.get(service, service)}:{name}",)))
    return needed


def actions_called(module: str, function: str) -> set[str]:
    """The actions of IAM that a program's calls need, from one of its functions on.

    Raises:
        LookupError: a client is given to code of which `HANDED_ON` does not tell what it calls.
    """
    reach = Walk(Sources(PACKAGES)).run(module, function)
    if unknown := reach.out_of_sight - HANDED_ON.keys():
        raise LookupError(f"{module}: clients out of sight: {sorted(unknown)}")
    handed_on = {action for name in reach.out_of_sight for action in HANDED_ON[name]}
    return actions_for(reach.operations) | handed_on
