"""The way of a request through an HTTP API: route, throttle, authorizer, function, CORS."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from local.http_api.authorizers import Authorizers
from local.http_api.cors import Cors, is_preflight, preflight_response
from local.http_api.events import integration_event
from local.http_api.functions import (
    EventTooLarge,
    FunctionFailed,
    Functions,
    FunctionTimedOut,
)
from local.http_api.messages import Refusal, Request, Response, internal_server_error
from local.http_api.results import response_of
from local.http_api.routes import DEFAULT, choose
from local.http_api.throttling import Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.apigatewayv2.models import Api, Integration, Route

BODY_BYTES: Final = 10 * 1024 * 1024
"""The largest body of a request."""

logger = logging.getLogger(__name__)


class Gateway:
    """Answers the requests of all APIs; what an API is made of is read anew for each."""

    def __init__(self) -> None:
        self._functions = Functions()
        self._authorizers = Authorizers(self._functions)
        self._throttle = Throttle()

    def answer(self, api: Api, request: Request) -> Response:
        """Return the response to a request of one API."""
        configuration: Any = api.cors_configuration
        cors = Cors.of(configuration)
        try:
            response = self._respond(api, cors, request)
        except Refusal as refusal:
            response = refusal.response
        except Exception:
            # Whatever breaks here is ours or moto's, and the client gets an answer all the same.
            logger.exception("%s %s broke", request.method, request.target)
            response = internal_server_error().response
        if cors is not None:
            response = cors.applied(request, response)
        logger.info("%s %s %s: %d", api.name, request.method, request.path, response.status)
        return response.having(("apigw-requestid", request.id))

    def _respond(self, api: Api, cors: Cors | None, request: Request) -> Response:
        stage = api.stages.get(DEFAULT)
        routes = {route.route_key: route for route in list(api.routes.values())}
        chosen = choose(routes, request.method, request.path) if stage else None
        if stage is None or chosen is None:
            if stage is not None and cors is not None and is_preflight(request):
                return preflight_response()
            raise Refusal(404, "Not Found")
        if len(request.body) > BODY_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        key, parameters = chosen
        settings = {**stage.default_route_settings, **stage.route_settings.get(key, {})}
        if not self._throttle.admits(api.api_id, key, settings):
            raise Refusal(429, "Too Many Requests")
        return self._integrate(api, routes[key], parameters, request)

    def _integrate(
        self, api: Api, route: Route, parameters: Mapping[str, str], request: Request
    ) -> Response:
        key = route.route_key
        known = None
        if route.authorizer_id:
            authorizer = api.authorizers[route.authorizer_id]
            known = self._authorizers.authorize(authorizer, api.api_id, key, parameters, request)
        event = integration_event(api.api_id, key, parameters, request, authorizer=known)
        integration = api.integrations[route.target.removeprefix("integrations/")]
        return response_of(self._run(integration, event))

    def _run(self, integration: Integration, event: dict[str, Any]) -> str:
        seconds = (integration.timeout_in_millis or 30_000) / 1000
        try:
            return self._functions.call(integration.integration_uri, event, seconds)
        except FunctionTimedOut as error:
            logger.warning("%s", error)
            raise Refusal(503, "Service Unavailable") from error
        except EventTooLarge as error:
            raise Refusal(413, "Request Entity Too Large") from error
        except FunctionFailed as error:
            logger.warning("%s", error)
            raise internal_server_error() from error
