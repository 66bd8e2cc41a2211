"""The request that an origin gets in the place of the viewer's."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from local.http_api.messages import HOP_BY_HOP, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.edge.configuration import Behaviour
    from local.edge.policies import Forwarding

ALWAYS_SENT: Final = frozenset(
    {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range"}
)
NEVER_SENT: Final = HOP_BY_HOP | {"accept-encoding", "content-length", "expect"}
"""CloudFront writes these itself, or negotiates compression, which is not done here."""


def origin_request(behaviour: Behaviour, request: Request) -> Request:
    """Return what the origin of a behaviour is sent.

    Args:
        behaviour: says what goes along, in its cache policy and origin request policy.
        request: the viewer's, without CloudFront's own parameters.
    """
    origin = behaviour.origin
    policies = [behaviour.cache.key]
    if behaviour.forwarding is not None:
        policies.append(behaviour.forwarding)
    headers = [
        *_headers(request, policies),
        ("via", "1.1 local.cloudfront.net (CloudFront)"),
        ("x-amz-cf-id", os.urandom(20).hex()),
        ("x-forwarded-for", request.source_ip),
    ]
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        headers.append(("content-length", str(len(request.body))))
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        headers.append(("host", origin.domain))
    if "user-agent" not in names:
        headers.append(("user-agent", "Amazon CloudFront"))
    own = {name.lower() for name, _ in origin.headers}
    kept = tuple(header for header in headers if header[0].lower() not in own)
    path, _, query = request.target.partition("?")
    query = _query(query, policies)
    target = origin.path + path + (f"?{query}" if query else "")
    return replace(request, target=target, headers=(*kept, *origin.headers))


def _headers(request: Request, policies: list[Forwarding]) -> Iterator[tuple[str, str]]:
    for name, value in request.headers:
        lower = name.lower()
        if lower in NEVER_SENT:
            continue
        if lower == "cookie":
            if cookies := _cookies(value, policies):
                yield name, cookies
        elif lower in ALWAYS_SENT or any(policy.headers.selects(lower) for policy in policies):
            yield name, value


def _cookies(value: str, policies: list[Forwarding]) -> str:
    cookies = [cookie.strip() for cookie in value.split(";")]
    return "; ".join(
        cookie
        for cookie in cookies
        if any(policy.cookies.selects(cookie.partition("=")[0]) for policy in policies)
    )


def _query(query: str, policies: list[Forwarding]) -> str:
    parts = [part for part in query.split("&") if part]
    return "&".join(
        part
        for part in parts
        if any(policy.queries.selects(part.partition("=")[0]) for policy in policies)
    )
