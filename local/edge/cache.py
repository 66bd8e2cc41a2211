"""What an edge keeps: by which key, for how long, until when it is invalidated."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.edge.policies import CachePolicy
    from local.http_api.messages import Response

CAPACITY_BYTES: Final = 256 * 1024 * 1024
"""Bodies kept in memory together; the oldest leave first."""

ALWAYS_CACHED_ERRORS: Final = frozenset({404, 410, 414, 500, 501, 502, 503, 504})
CACHED_ERRORS_IF_ASKED: Final = frozenset({400, 403, 405, 412, 415})
"""Errors that are kept only where the origin gives them a max-age."""

Key = tuple[object, ...]
"""The path first, then whatever else the policy and the request add."""


@dataclass(frozen=True)
class Kept:
    """An answer in the cache.

    Attributes:
        response: as the origin gave it.
        since: when it was fetched or confirmed, in seconds.
        until: when it must be confirmed, in seconds.
    """

    response: Response
    since: float
    until: float


class Cache:
    """The answers that one distribution keeps."""

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._capacity_bytes = capacity_bytes
        self._kept: dict[Key, Kept] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> Kept | None:
        """Return what is kept under a key, fresh or not."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Key, kept: Kept) -> None:
        """Keep an answer; one that is larger than all of the cache is not kept."""
        with self._lock:
            self._drop(key)
            if len(kept.response.body) > self._capacity_bytes:
                return
            self._kept[key] = kept
            self._bytes += len(kept.response.body)
            while self._bytes > self._capacity_bytes:
                self._drop(next(iter(self._kept)))

    def invalidate(self, patterns: Iterable[str]) -> None:
        """Forget the answers whose path, with its query, one of the patterns covers.

        Args:
            patterns: paths that begin with `/`; a `*` at the end covers whatever follows.
        """
        whole = "|".join(_expression(pattern) for pattern in patterns)
        with self._lock:
            for key in [key for key in self._kept if re.fullmatch(whole, str(key[0]), re.DOTALL)]:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped.response.body)


def _expression(pattern: str) -> str:
    path = re.escape(pattern.removesuffix("*"))
    # Without a wildcard a path stands for all that differ from it in what the policy adds alone.
    return path + (".*" if pattern.endswith("*") else "")


def seconds_kept(policy: CachePolicy, response: Response, error_seconds: float) -> float:
    """Return how long an answer to GET or HEAD may be kept, in seconds.

    Args:
        policy: the behaviour's.
        response: the origin's.
        error_seconds: the least time that an error of this status is kept.
    """
    headers = {name.lower(): value for name, value in response.headers}
    directives = _directives(headers.get("cache-control", ""))
    asked = _asked_seconds(headers, directives)
    if response.status >= 400:
        if response.status in ALWAYS_CACHED_ERRORS:
            return max(error_seconds, min(asked or 0.0, policy.max_ttl))
        if response.status in CACHED_ERRORS_IF_ASKED and asked is not None:
            return max(error_seconds, min(asked, policy.max_ttl))
        return 0.0
    if {"no-cache", "no-store", "private"} & directives.keys():
        return policy.min_ttl
    if asked is None:
        return max(policy.min_ttl, policy.default_ttl)
    return max(policy.min_ttl, min(asked, policy.max_ttl))


def _directives(text: str) -> Mapping[str, str]:
    parts = [part.strip().partition("=") for part in text.split(",")]
    return {name.lower(): value.strip('"') for name, _, value in parts if name}


def _asked_seconds(headers: Mapping[str, str], directives: Mapping[str, str]) -> float | None:
    for name in ("s-maxage", "max-age"):
        if directives.get(name, "").isdecimal():
            return float(directives[name])
    if "expires" in headers and "date" in headers:
        try:
            until, now = (parsedate_to_datetime(headers[name]) for name in ("expires", "date"))
        except ValueError:
            return 0.0  # an invalid date, such as the usual `0`, is one in the past
        return max(0.0, (until - now).total_seconds())
    return None
