"""CloudFront's policies as values: cache key and TTLs, and what an origin is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY: Final = 86_400
YEAR: Final = 365 * DAY


@dataclass(frozen=True)
class Selection:
    """Which headers, cookies or query strings of a request count.

    Attributes:
        kind: `none`, `all`, `whitelist` or `allExcept`.
        names: those that the last two name.
    """

    kind: str = "none"
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, configuration: Mapping[str, Any], what: str) -> Self:
        """Read `HeadersConfig`, `CookiesConfig` or `QueryStringsConfig` of a policy.

        Args:
            configuration: the policy's.
            what: `Header`, `Cookie` or `QueryString`.

        Raises:
            ValueError: the selection is of a kind that is not made here.
        """
        part = configuration.get(f"{what}sConfig", {})
        kind = part.get(f"{what}Behavior", "none")
        kind = "all" if kind == "allViewer" else kind
        if kind not in {"none", "all", "whitelist", "allExcept"}:
            raise ValueError(f"{what}Behavior {kind} is not made here")
        names = part.get(f"{what}s", ())
        return cls(kind, frozenset(n.lower() if what == "Header" else n for n in names))

    def selects(self, name: str) -> bool:
        """Tell whether the one of this name counts; names of headers are in small letters."""
        if self.kind == "allExcept":
            return name not in self.names
        return self.kind == "all" or (self.kind == "whitelist" and name in self.names)


@dataclass(frozen=True)
class Forwarding:
    """What of a request goes to the origin, beside what CloudFront always sends."""

    headers: Selection = Selection()
    cookies: Selection = Selection()
    queries: Selection = Selection()

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Self:
        """Read an `OriginRequestPolicyConfig`, or a cache policy's parameters."""
        return cls(
            Selection.of(configuration, "Header"),
            Selection.of(configuration, "Cookie"),
            Selection.of(configuration, "QueryString"),
        )


@dataclass(frozen=True)
class CachePolicy:
    """How long answers are kept, and which requests get the same one.

    Attributes:
        min_ttl: seconds that win over whatever the origin says.
        default_ttl: seconds, where the origin says nothing.
        max_ttl: seconds that the origin may ask for.
        key: what is part of the cache key beside the path, and is sent to the origin too.
    """

    min_ttl: float
    default_ttl: float
    max_ttl: float
    key: Forwarding = Forwarding()

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Self:
        """Read a `CachePolicyConfig`."""
        min_ttl = float(configuration["MinTTL"])
        return cls(
            min_ttl,
            float(configuration.get("DefaultTTL", max(min_ttl, DAY))),
            float(configuration.get("MaxTTL", max(min_ttl, YEAR))),
            Forwarding.of(configuration["ParametersInCacheKeyAndForwardedToOrigin"]),
        )


MANAGED_CACHE_POLICIES: Final = {
    # CachingOptimized, and the same for uncompressed objects
    "658327ea-f89d-4fab-a63d-7e88639e58f6": CachePolicy(1, DAY, YEAR),
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": CachePolicy(1, DAY, YEAR),
    # CachingDisabled
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": CachePolicy(0, 0, 0),
}
MANAGED_ORIGIN_REQUEST_POLICIES: Final = {
    # AllViewer
    "216adef6-5c7f-47e4-b989-5492eafa07d3": Forwarding(
        Selection("all"), Selection("all"), Selection("all")
    ),
    # AllViewerExceptHostHeader
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": Forwarding(
        Selection("allExcept", frozenset({"host"})), Selection("all"), Selection("all")
    ),
    # CORS-S3Origin
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": Forwarding(
        Selection(
            "whitelist",
            frozenset(
                {"origin", "access-control-request-headers", "access-control-request-method"}
            ),
        )
    ),
}
