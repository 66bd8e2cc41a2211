"""CORS as an API's configuration says, whatever its functions answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from local.http_api.messages import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.http_api.messages import Request


@dataclass(frozen=True)
class Cors:
    """An API's CORS configuration.

    Attributes:
        origins: exact ones, `*`, or `https://*` and `http://*`.
        methods: that a page may use.
        headers: that a page may send.
        exposed: headers that a page may read.
        credentials: whether a page may send cookies.
        max_age: how long a browser may remember the answer, in seconds.
    """

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None

    @classmethod
    def of(cls, configuration: Mapping[str, Any] | None) -> Self | None:
        """Read what the API's description holds; None if it has no CORS configuration."""
        if not configuration:
            return None
        max_age = configuration.get("maxAge")
        return cls(
            origins=tuple(configuration.get("allowOrigins") or ()),
            methods=tuple(configuration.get("allowMethods") or ()),
            headers=tuple(configuration.get("allowHeaders") or ()),
            exposed=tuple(configuration.get("exposeHeaders") or ()),
            credentials=str(configuration.get("allowCredentials")).lower() == "true",
            max_age=None if max_age is None else int(max_age),
        )

    def applied(self, request: Request, response: Response) -> Response:
        """Return a response with the configured headers in the place of the function's own."""
        own = [name.lower() for name, _ in response.headers]
        cleared = response.without(name for name in own if name.startswith("access-control-"))
        origin = self._allowed_origin(request)
        if origin is None:
            return cleared
        added = [("access-control-allow-origin", origin)]
        if self.credentials:
            added.append(("access-control-allow-credentials", "true"))
        if is_preflight(request):
            added += self._preflight_headers()
        elif self.exposed:
            added.append(("access-control-expose-headers", ",".join(self.exposed)))
        return cleared.having(*added)

    def _allowed_origin(self, request: Request) -> str | None:
        origin = request.header("origin")
        if not origin:
            return None
        if "*" in self.origins:
            return "*"
        scheme = origin.partition("://")[0]
        return origin if {origin, f"{scheme}://*"} & set(self.origins) else None

    def _preflight_headers(self) -> list[tuple[str, str]]:
        headers = []
        if self.methods:
            headers.append(("access-control-allow-methods", ",".join(self.methods)))
        if self.headers:
            headers.append(("access-control-allow-headers", ",".join(self.headers)))
        if self.max_age is not None:
            headers.append(("access-control-max-age", str(self.max_age)))
        return headers


def is_preflight(request: Request) -> bool:
    """Tell whether a browser asks what a page of another origin may do."""
    return (
        request.method == "OPTIONS"
        and bool(request.header("origin"))
        and bool(request.header("access-control-request-method"))
    )


def preflight_response() -> Response:
    """Return the gateway's own answer, to which the configured headers are added."""
    return Response(204)
