"""Requests as functions and authorizers see them: payload format 2.0."""

from __future__ import annotations

import base64
import os
import re
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from local.context import ACCOUNT_ID, REGION
from local.http_api.messages import HOP_BY_HOP
from local.http_api.routes import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.http_api.messages import Request

TEXT: Final = re.compile(r"text/.*|application/(json|javascript|xml|[^;]*\+(json|xml))")
"""Content types of bodies that a function gets as they are; all others reach it as base64."""


def integration_event(
    api_id: str,
    route_key: str,
    parameters: Mapping[str, str],
    request: Request,
    *,
    authorizer: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what the function of a route gets.

    Args:
        api_id: the API.
        route_key: the route that was chosen.
        parameters: its path variables.
        request: as it arrived.
        authorizer: `requestContext.authorizer`, for a route that has one.
    """
    event = _common(api_id, route_key, parameters, request)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    text = _as_text(request)
    event["isBase64Encoded"] = text is None
    if request.body:
        event["body"] = base64.b64encode(request.body).decode() if text is None else text
    return event


def authorizer_event(
    api_id: str,
    route_key: str,
    parameters: Mapping[str, str],
    request: Request,
    *,
    identity: Sequence[str],
) -> dict[str, Any]:
    """Return what an authorizer gets: all but the body.

    Args:
        api_id: the API.
        route_key: the route that was chosen.
        parameters: its path variables.
        request: as it arrived.
        identity: the values of the identity sources.
    """
    return {
        **_common(api_id, route_key, parameters, request),
        "type": "REQUEST",
        "routeArn": route_arn(api_id, request),
        "identitySource": list(identity),
    }


def route_arn(api_id: str, request: Request) -> str:
    """Return what an authorizer's policy allows or denies."""
    return (
        f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:"
        f"{api_id}/{DEFAULT}/{request.method}{request.path}"
    )


def _common(
    api_id: str, route_key: str, parameters: Mapping[str, str], request: Request
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": _headers(request),
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": api_id,
            "domainName": request.domain,
            "domainPrefix": api_id,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": request.header("user-agent"),
            },
            "requestId": request.id,
            "routeKey": route_key,
            "stage": DEFAULT,
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.received)),
            "timeEpoch": int(request.received * 1000),
        },
    }
    optional = {
        "cookies": _cookies(request),
        "queryStringParameters": _query(request.query),
        "pathParameters": dict(parameters),
    }
    # A part that the request lacks is left out, not empty.
    return event | {name: value for name, value in optional.items() if value}


def _headers(request: Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        if key not in HOP_BY_HOP and key != "cookie":
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    forwarded = joined.get("x-forwarded-for")
    trace = f"Root=1-{int(request.received):08x}-{os.urandom(12).hex()}"
    return {
        **joined,
        "content-length": str(len(request.body)),
        "x-amzn-trace-id": joined.get("x-amzn-trace-id", trace),
        "x-forwarded-for": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "x-forwarded-port": request.domain.rpartition(":")[2],
        "x-forwarded-proto": "http",
    }


def _cookies(request: Request) -> list[str]:
    sent = [value for name, value in request.headers if name.lower() == "cookie"]
    return [cookie.strip() for value in sent for cookie in value.split(";") if cookie.strip()]


def _query(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _as_text(request: Request) -> str | None:
    """Return the body of a textual type, or None for one that must be encoded."""
    content_type = request.header("content-type").partition(";")[0].strip().lower()
    if content_type and not TEXT.fullmatch(content_type):
        return None
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        return None
