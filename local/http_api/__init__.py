"""API Gateway: HTTP APIs that answer on a port of their own, at the address that GetApi tells.

AWS gives each API a host name; one port for each keeps paths, links and cookies as they are
there and needs no name that resolves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.apigatewayv2.models import ApiGatewayV2Backend

from local.http_api import template as template  # its classes are found by moto
from local.http_api.gateway import Gateway
from local.http_api.server import ApiServer
from local.patching import replace

if TYPE_CHECKING:
    from moto.apigatewayv2.models import Api

    from local.context import Context


def install(context: Context) -> None:
    """Patch moto's API Gateway before its server starts."""
    del context
    _serve_every_api(Gateway())


def _serve_every_api(gateway: Gateway) -> None:
    """AWS serves an API as long as it exists; moto only describes it."""
    servers: dict[str, ApiServer] = {}

    def create_api(backend: ApiGatewayV2Backend, *args: object, **kwargs: object) -> Api:
        api: Api = original_create(backend, *args, **kwargs)
        server = ApiServer(lambda request: gateway.answer(api, request))
        server.start()
        servers[api.api_id] = server
        api.api_endpoint = server.endpoint
        return api

    def delete_api(backend: ApiGatewayV2Backend, api_id: str) -> None:
        original_delete(backend, api_id)
        server = servers.pop(api_id, None)
        if server is not None:
            server.stop()

    original_create = replace(ApiGatewayV2Backend, "create_api", create_api)
    original_delete = replace(ApiGatewayV2Backend, "delete_api", delete_api)
