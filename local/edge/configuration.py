"""A distribution's configuration, read from a template's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from local.edge.policies import CachePolicy, Forwarding
    from local.edge.response_headers import ResponseHeaders

    class Policies(Protocol):
        """Where the policies that a template names by id are found."""

        cache: Mapping[str, CachePolicy]
        origin_request: Mapping[str, Forwarding]
        response_headers: Mapping[str, ResponseHeaders]


ERROR_SECONDS: Final = 10.0
"""How long CloudFront keeps an error where the distribution says nothing of it."""

BUCKET: Final = re.compile(r"(?P<bucket>.+?)\.s3(\.[a-z0-9-]+)?\.amazonaws\.com")
API: Final = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

NOT_MADE: Final = (
    "FieldLevelEncryptionId",
    "ForwardedValues",
    "FunctionAssociations",
    "LambdaFunctionAssociations",
    "RealtimeLogConfigArn",
    "TrustedSigners",
)


@dataclass(frozen=True)
class Origin:
    """Where answers come from: a bucket, or an HTTP API.

    Attributes:
        domain: its host name on AWS.
        path: put before the path of each request.
        headers: CloudFront's own, which a viewer's cannot replace.
        access_control: the id of the origin access control; none reads as anybody.
    """

    domain: str
    path: str
    headers: tuple[tuple[str, str], ...]
    access_control: str | None

    @property
    def bucket(self) -> str | None:
        """The bucket's name; None for an HTTP API."""
        found = BUCKET.fullmatch(self.domain)
        return found and found["bucket"]

    @property
    def api(self) -> str | None:
        """The HTTP API's id; None for a bucket."""
        found = API.fullmatch(self.domain)
        return found and found["api"]


@dataclass(frozen=True)
class Behaviour:
    """What is done with requests for some paths."""

    pattern: str
    origin: Origin
    methods: frozenset[str]
    cache: CachePolicy
    forwarding: Forwarding | None
    response_headers: ResponseHeaders | None
    key_groups: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Tell whether a path, as sent, is this behaviour's; `*` and `?` stand for any text."""
        expression = re.escape(self.pattern.lstrip("/"))
        expression = expression.replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(expression, path.lstrip("/"), re.DOTALL) is not None


@dataclass(frozen=True)
class ErrorAnswer:
    """What a viewer gets for an error of one status, and how long it is kept at least."""

    seconds: float
    page: str
    status: int


@dataclass(frozen=True)
class Configuration:
    """One distribution; the default behaviour is the last."""

    root: str
    behaviours: tuple[Behaviour, ...]
    errors: Mapping[int, ErrorAnswer]

    @classmethod
    def of(cls, config: Mapping[str, Any], policies: Policies) -> Self:
        """Read a `DistributionConfig`.

        Raises:
            ValueError: it has what is not made here, or names what is not there.
        """
        if config.get("OriginGroups"):
            raise ValueError("OriginGroups are not made here")
        origins = {part["Id"]: _origin(part) for part in config["Origins"]}
        default = {"PathPattern": "*", **config["DefaultCacheBehavior"]}
        return cls(
            config.get("DefaultRootObject", ""),
            tuple(
                _behaviour(part, origins, policies)
                for part in (*config.get("CacheBehaviors", ()), default)
            ),
            {
                int(part["ErrorCode"]): ErrorAnswer(
                    float(part.get("ErrorCachingMinTTL", ERROR_SECONDS)),
                    part.get("ResponsePagePath", ""),
                    int(part.get("ResponseCode", part["ErrorCode"])),
                )
                for part in config.get("CustomErrorResponses", ())
            },
        )

    def behaviour_for(self, path: str) -> Behaviour:
        """Return the first behaviour that covers a path."""
        return next(behaviour for behaviour in self.behaviours if behaviour.covers(path))

    def error_seconds(self, status: int) -> float:
        """Return how long an error is kept at least."""
        answer = self.errors.get(status)
        return ERROR_SECONDS if answer is None else answer.seconds


def _origin(part: Mapping[str, Any]) -> Origin:
    headers = part.get("OriginCustomHeaders", ())
    origin = Origin(
        part["DomainName"],
        part.get("OriginPath", ""),
        tuple((header["HeaderName"], header["HeaderValue"]) for header in headers),
        part.get("OriginAccessControlId") or None,
    )
    if origin.bucket is None and origin.api is None:
        raise ValueError(f"the origin {origin.domain} is neither a bucket nor an HTTP API")
    kind = "CustomOriginConfig" if origin.api else "S3OriginConfig"
    if kind not in part:
        raise ValueError(f"the origin {origin.domain} has no {kind}")
    return origin


def _behaviour(
    part: Mapping[str, Any], origins: Mapping[str, Origin], policies: Policies
) -> Behaviour:
    pattern = part["PathPattern"]
    for name in NOT_MADE:
        if part.get(name):
            raise ValueError(f"{name} of the behaviour {pattern} is not made here")
    origin = origins.get(part["TargetOriginId"])
    if origin is None:
        raise ValueError(f"the behaviour {pattern} names no origin of the distribution")
    methods = frozenset(part.get("AllowedMethods", ("GET", "HEAD")))
    if origin.bucket and methods - READING:
        raise ValueError(f"the behaviour {pattern} writes to a bucket, which is not made here")
    return Behaviour(
        pattern,
        origin,
        methods,
        _named(policies.cache, part["CachePolicyId"]),
        _named(policies.origin_request, part.get("OriginRequestPolicyId")),
        _named(policies.response_headers, part.get("ResponseHeadersPolicyId")),
        tuple(part.get("TrustedKeyGroups", ())),
    )


def _named(policies: Mapping[str, Any], policy_id: str | None) -> Any:
    if not policy_id:
        return None
    if policy_id not in policies:
        raise ValueError(f"the policy {policy_id} is not known here")
    return policies[policy_id]
