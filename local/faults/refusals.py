"""Refusals in the words of the called service: JSON with a type, or the XML of S3."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from local.faults.plan import Rule


def refusal(rule: Rule, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a call with the rule's error."""
    is_xml = rule.service == "s3"
    body = _xml(rule.code) if is_xml else json.dumps({"__type": rule.code, "message": rule.code})
    start_response(
        f"{rule.status} {HTTPStatus(rule.status).phrase}",
        [
            ("Content-Type", "application/xml" if is_xml else "application/x-amz-json-1.1"),
            ("Content-Length", str(len(body))),
            ("x-amzn-ErrorType", rule.code),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ],
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body.encode()]


def _xml(code: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    )
