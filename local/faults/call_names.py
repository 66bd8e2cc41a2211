"""What an HTTP request calls, in AWS's words: service, operation, and what it is about."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from local.faults.plan import Happening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import WSGIEnvironment

_SERVICES: Final = {
    "DynamoDB_20120810": "dynamodb",
    "AWSStepFunctions": "states",
    "AmazonSQS": "sqs",
    "AWSEvents": "events",
    "secretsmanager": "secretsmanager",
    "AmazonEC2ContainerServiceV20141113": "ecs",
}
_SEND_EMAIL: Final = "/v2/email/outbound-emails"
_INVOKE: Final = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/invocations")
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/")
_RESOURCES: Final = ("TableName", "QueueUrl", "stateMachineArn", "executionArn", "SecretId")
_INSTANCES: Final = ("Key", "name", "executionArn", "taskToken", "ReceiptHandle")
_S3_METHODS: Final = {
    "GET": "GetObject",
    "HEAD": "HeadObject",
    "PUT": "PutObject",
    "DELETE": "DeleteObject",
    "POST": "PostObject",
}


def access_key_of(environ: WSGIEnvironment) -> str:
    """The key that a request is signed with, in a header or in its address; empty for none."""
    match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if match:
        return match[1]
    signed: str = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    return signed.partition("/")[0]


def happening_of(environ: WSGIEnvironment, body: bytes, caller: str) -> Happening | None:
    """Name a call; None for one of a service that faults are not made for."""
    path = environ["PATH_INFO"]
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        prefix, _, operation = target.partition(".")
        service = _SERVICES.get(prefix)
        return None if service is None else _named(service, operation, json.loads(body), caller)
    if path == _SEND_EMAIL:
        tags = json.loads(body).get("EmailTags", [])
        about = ",".join(f"{tag['Name']}={tag['Value']}" for tag in tags)
        return Happening("call", "ses", "SendEmail", instance=about, caller=caller)
    if match := _INVOKE.fullmatch(path):
        function = match["function"].rpartition(":")[2]
        about = hashlib.sha256(body).hexdigest()[:16]
        return Happening("call", "lambda", "Invoke", function, about, caller)
    if path.startswith(("/v2/", "/2015-03-31/", "/2020-05-31/")):
        return None
    return _of_s3(environ, caller)


def _named(service: str, operation: str, body: Mapping[str, Any], caller: str) -> Happening:
    resource = next((str(body[name]) for name in _RESOURCES if name in body), "")
    about = next((body[name] for name in _INSTANCES if name in body), "")
    text = about if isinstance(about, str) else json.dumps(about, sort_keys=True)
    # A task token is as good as a password, even in a log of this machine.
    shown = hashlib.sha256(text.encode()).hexdigest()[:16] if "taskToken" in body else text
    return Happening("call", service, operation, re.split("[:/]", resource)[-1], shown, caller)


def _of_s3(environ: WSGIEnvironment, caller: str) -> Happening:
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return Happening(
        "call", "s3", _operation(environ["REQUEST_METHOD"], query, key), bucket, key, caller
    )


def _operation(method: str, query: Mapping[str, Any], key: str) -> str:
    if not key:
        return "DeleteObjects" if "delete" in query else "ListObjects"
    if "uploads" in query:
        return "CreateMultipartUpload"
    if "uploadId" in query:
        return {
            "PUT": "UploadPart",
            "POST": "CompleteMultipartUpload",
            "DELETE": "AbortMultipartUpload",
            "GET": "ListParts",
        }[method]
    return _S3_METHODS[method]
