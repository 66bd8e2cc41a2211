"""Response headers policies: security headers, CORS, own headers and removed ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.http_api.messages import Request, Response

Header = tuple[str, str, bool]
"""Name, value, and whether it takes the place of the origin's own."""

READ: Final = (
    {"Comment", "CorsConfig", "CustomHeadersConfig", "Name"}
    | {"RemoveHeadersConfig", "SecurityHeadersConfig"}
)  # fmt: skip


@dataclass(frozen=True)
class ResponseHeaders:
    """What a policy adds to every response and takes away from it.

    Attributes:
        added: for every request.
        removed: names of the origin's headers, in small letters.
        cors: the policy's `CorsConfig`; empty if it has none.
    """

    added: tuple[Header, ...]
    removed: frozenset[str]
    cors: Mapping[str, Any]

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Self:
        """Read a `ResponseHeadersPolicyConfig`.

        Raises:
            ValueError: the policy asks for what is not made here.
        """
        if unread := set(configuration) - READ:
            raise ValueError(f"{', '.join(sorted(unread))} of a policy is not made here")
        own = configuration.get("CustomHeadersConfig", {}).get("Items", ())
        removed = configuration.get("RemoveHeadersConfig", {}).get("Items", ())
        return cls(
            (
                *_security_headers(configuration.get("SecurityHeadersConfig", {})),
                *((item["Header"], item["Value"], _true(item["Override"])) for item in own),
            ),
            frozenset(item["Header"].lower() for item in removed),
            configuration.get("CorsConfig", {}),
        )

    def applied(self, request: Request, response: Response) -> Response:
        """Return the response as the viewer gets it."""
        response = response.without(self.removed)
        for name, value, override in (*self.added, *self._cors_headers(request)):
            there = any(own.lower() == name.lower() for own, _ in response.headers)
            if override or not there:
                response = response.without((name.lower(),)).having((name, value))
        return response

    def _cors_headers(self, request: Request) -> Iterator[Header]:
        origin, cors = request.header("origin"), self.cors
        if not origin or not cors:
            return
        override = _true(cors["OriginOverride"])
        allowed = cors["AccessControlAllowOrigins"]["Items"]
        if "*" in allowed:
            yield "access-control-allow-origin", "*", override
        elif origin in allowed:
            yield "access-control-allow-origin", origin, override
            yield "vary", "Origin", False
        else:
            return
        if _true(cors["AccessControlAllowCredentials"]):
            yield "access-control-allow-credentials", "true", override
        if exposed := cors.get("AccessControlExposeHeaders", {}).get("Items"):
            yield "access-control-expose-headers", ",".join(exposed), override
        if request.method == "OPTIONS":
            methods = cors["AccessControlAllowMethods"]["Items"]
            yield "access-control-allow-methods", ",".join(methods), override
            headers = cors["AccessControlAllowHeaders"]["Items"]
            yield "access-control-allow-headers", ",".join(headers), override
            if "AccessControlMaxAgeSec" in cors:
                yield "access-control-max-age", str(cors["AccessControlMaxAgeSec"]), override


def _security_headers(configuration: Mapping[str, Any]) -> Iterator[Header]:
    for part, name, value in (
        ("ContentSecurityPolicy", "content-security-policy", "ContentSecurityPolicy"),
        ("FrameOptions", "x-frame-options", "FrameOption"),
        ("ReferrerPolicy", "referrer-policy", "ReferrerPolicy"),
    ):
        if part in configuration:
            given = configuration[part]
            yield name, given[value], _true(given["Override"])
    if "ContentTypeOptions" in configuration:
        given = configuration["ContentTypeOptions"]
        yield "x-content-type-options", "nosniff", _true(given["Override"])
    if "StrictTransportSecurity" in configuration:
        given = configuration["StrictTransportSecurity"]
        text = f"max-age={given['AccessControlMaxAgeSec']}"
        text += "; includeSubDomains" if _true(given.get("IncludeSubdomains", False)) else ""
        text += "; preload" if _true(given.get("Preload", False)) else ""
        yield "strict-transport-security", text, _true(given["Override"])
    if "XSSProtection" in configuration:
        given = configuration["XSSProtection"]
        text = "1" if _true(given["Protection"]) else "0"
        text += "; mode=block" if _true(given.get("ModeBlock", False)) else ""
        yield "x-xss-protection", text, _true(given["Override"])


def _true(value: object) -> bool:
    """Templates write truths as booleans or as texts."""
    return str(value).lower() == "true"


MANAGED_RESPONSE_HEADERS_POLICIES: Final = {
    # SecurityHeadersPolicy
    "67f7725c-6f97-4210-82d7-5512b31e9d03": ResponseHeaders.of(
        {
            "SecurityHeadersConfig": {
                "ContentTypeOptions": {"Override": True},
                "FrameOptions": {"FrameOption": "SAMEORIGIN", "Override": False},
                "ReferrerPolicy": {
                    "ReferrerPolicy": "strict-origin-when-cross-origin",
                    "Override": False,
                },
                "StrictTransportSecurity": {"AccessControlMaxAgeSec": 31536000, "Override": False},
                "XSSProtection": {"Protection": True, "ModeBlock": True, "Override": False},
            }
        }
    ),
}
