"""The API as a WSGI application: what API Gateway does between a client and the function."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from functions.api.handler import OPERATIONS, handler
from local.http_api.events import integration_event
from local.http_api.messages import Refusal, Request, Response
from local.http_api.results import response_of
from local.http_api.routes import choose
from tests.unit.api_support import LongContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

_ROUTES = {f"{operation.method} {operation.path}": operation for operation in OPERATIONS}
_SCHEME = "Bearer "


def signed_in(user_id: str) -> dict[str, str]:
    """The headers of a request of that user: here a token is nothing but a name."""
    return {"Authorization": f"{_SCHEME}{user_id}"}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request."""
    request = _request(environ)
    try:
        response = _respond(request)
    except Refusal as refusal:
        response = refusal.response
    status = f"{response.status} {HTTPStatus(response.status).phrase}"
    start_response(status, list(response.headers))
    return [response.body]


def _respond(request: Request) -> Response:
    chosen = choose(_ROUTES, request.method, request.path)
    if chosen is None:
        raise Refusal(404, "Not Found")
    key, parameters = chosen
    session = None if _ROUTES[key].public else _session(request)
    event = integration_event("api", key, parameters, request, authorizer=session)
    # Through JSON, as between Lambda and API Gateway.
    return response_of(json.dumps(handler(json.loads(json.dumps(event)), LongContext())))


def _session(request: Request) -> Mapping[str, Any]:
    authorization = request.header("authorization")
    if not authorization:
        raise Refusal(401, "Unauthorized")
    user_id = authorization.removeprefix(_SCHEME)
    if user_id == authorization or not user_id.startswith("user_"):
        raise Refusal(403, "Forbidden")
    return {"lambda": {"user_id": user_id, "email": f"{user_id}@example.com"}}


def _request(environ: WSGIEnvironment) -> Request:
    named = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    path, query = environ["REQUEST_URI"].partition("?")[0], environ.get("QUERY_STRING")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return Request(
        method=environ["REQUEST_METHOD"],
        target=f"{path}?{query}" if query else path,
        headers=tuple(named.items()),
        body=environ["wsgi.input"].read(length),
        source_ip="192.0.2.1",
        domain="api.example.com:443",
    )
