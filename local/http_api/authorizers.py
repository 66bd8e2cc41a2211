"""Request authorizers: a function says whether a request may pass, and what is known of its sender.

Payload format 2.0, with simple answers or policies; results are kept for as long as asked.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from local.http_api.events import authorizer_event, route_arn
from local.http_api.functions import EventTooLarge, FunctionFailed, FunctionTimedOut
from local.http_api.messages import Refusal, internal_server_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.apigatewayv2.models import Authorizer

    from local.http_api.functions import Functions
    from local.http_api.messages import Request

AUTHORIZER_SECONDS: Final = 10
"""How long API Gateway waits for an authorizer."""
IDENTITY_SOURCE: Final = re.compile(
    r"\$request\.(header|querystring)\.[^.\s]+|"
    r"\$context\.(routeKey|requestId|stage|identity\.(sourceIp|userAgent))"
)
"""The identity sources that are read here."""
INVOKE: Final = ("*", "execute-api:*", "execute-api:invoke")

logger = logging.getLogger(__name__)


class Authorizers:
    """Asks authorizers and remembers their results.

    Args:
        functions: runs them.
        clock: tells the time in seconds.
    """

    def __init__(self, functions: Functions, clock: Callable[[], float] = time.monotonic) -> None:
        self._functions = functions
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[float, str]] = {}
        self._lock = threading.Lock()

    def authorize(
        self,
        authorizer: Authorizer,
        api_id: str,
        route_key: str,
        parameters: Mapping[str, str],
        request: Request,
    ) -> Mapping[str, Any]:
        """Return `requestContext.authorizer` for a request that may pass.

        Args:
            authorizer: as it is described.
            api_id: the API.
            route_key: the route that was chosen.
            parameters: its path variables.
            request: as it arrived.

        Raises:
            Refusal: 401 if an identity source is missing, 403 if the authorizer refuses,
                500 if it fails.
        """
        # The event is what identity sources are read from, apart from cookies.
        event = authorizer_event(api_id, route_key, parameters, request, identity=())
        sources = authorizer.identity_source or ()
        identity = [identity_of(source, event, request) for source in sources]
        if not all(identity):
            raise Refusal(401, "Unauthorized")
        event["identitySource"] = identity
        result = self._result(authorizer, identity, event)
        try:
            if authorizer.enable_simple_response:
                return {"lambda": context_of_simple(json.loads(result))}
            return {"lambda": context_of_policy(json.loads(result), route_arn(api_id, request))}
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("the authorizer %s answered nonsense: %s", authorizer.name, result)
            raise internal_server_error() from error

    def _result(self, authorizer: Authorizer, identity: list[str], event: dict[str, Any]) -> str:
        seconds = float(authorizer.auth_result_ttl or 0)
        key, now = (authorizer.id, *identity), self._clock()
        with self._lock:
            until, kept = self._kept.get(key, (now, ""))
        if until > now:
            return kept
        try:
            result = self._functions.call(authorizer.authorizer_uri, event, AUTHORIZER_SECONDS)
        except (FunctionFailed, FunctionTimedOut, EventTooLarge) as error:
            logger.warning("the authorizer %s failed: %s", authorizer.name, error)
            raise internal_server_error() from error
        if seconds > 0:
            with self._lock:
                self._kept = {k: v for k, v in self._kept.items() if v[0] > now}
                self._kept[key] = (now + seconds, result)
        return result


def identity_of(source: str, event: Mapping[str, Any], request: Request) -> str:
    """Return what an identity source such as `$request.header.Authorization` selects, or ''."""
    kind, _, name = source.rpartition(".")
    if kind == "$request.header":
        return request.header(name)
    if kind == "$request.querystring":
        value: str = event.get("queryStringParameters", {}).get(name, "")
        return value
    context = event["requestContext"]
    return str(context.get(name) or context["http"].get(name, ""))


def context_of_simple(result: Any) -> Mapping[str, Any] | None:
    """Return the context of a simple answer.

    Raises:
        Refusal: the answer is no.
        KeyError: there is no answer.
        TypeError: it is not of the right form.
    """
    if not isinstance(result["isAuthorized"], bool):
        raise TypeError("isAuthorized is not a boolean")
    if not result["isAuthorized"]:
        raise Refusal(403, "Forbidden")
    return _context(result)


def context_of_policy(result: Any, arn: str) -> Mapping[str, Any] | None:
    """Return the context of an answer with a policy.

    Raises:
        Refusal: the policy denies the route, or does not allow it.
        KeyError: there is no policy.
        TypeError: it is not of the right form.
    """
    effects = {
        statement["Effect"]
        for statement in result["policyDocument"]["Statement"]
        if any(action.lower() in INVOKE for action in _listed(statement["Action"]))
        and any(_covers(resource, arn) for resource in _listed(statement["Resource"]))
    }
    if effects != {"Allow"}:
        raise Refusal(403, "Forbidden")
    return _context(result)


def _context(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    context = result.get("context")
    if context is not None and not isinstance(context, dict):
        raise TypeError("context is not an object")
    return context


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _covers(resource: str, arn: str) -> bool:
    expression = re.escape(resource).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, arn, re.DOTALL) is not None
