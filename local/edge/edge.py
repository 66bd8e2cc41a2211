"""The way of a request through one distribution: behaviour, signature, cache, origin, headers."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from local.edge.answers import METHOD_REFUSED, error_page, refusal
from local.edge.cache import Cache, Kept, seconds_kept
from local.edge.forwarding import origin_request
from local.edge.ranges import for_viewer
from local.edge.signatures import NotSigned, require_signature, without_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Protocol

    from local.edge.cache import Key
    from local.edge.configuration import Behaviour, Configuration, Origin
    from local.http_api.messages import Request, Response

    class Fetches(Protocol):
        """Whoever asks origins."""

        def fetch(self, origin: Origin, request: Request) -> Response:
            """Return the origin's answer."""

    class Told(Protocol):
        """Whoever keeps count."""

        def add(self, behaviour: str, result: str, status: int, path: str) -> None:
            """Note how a request was answered."""

    PublicKeys = Callable[[Iterable[str]], Mapping[str, str]]

CACHED_METHODS: Final = ("GET", "HEAD")
HIT: Final = "Hit"
MISS: Final = "Miss"
REFRESH_HIT: Final = "RefreshHit"
ERROR: Final = "Error"

logger = logging.getLogger(__name__)


class Edge:
    """Answers the requests of one distribution.

    Args:
        configuration: replaced when the distribution is updated.
        origins: where answers come from.
        public_keys: returns the keys of key groups, as PEM by id.
        results: is told how each request was answered.
        clock: tells the time in seconds since 1970.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        origins: Fetches,
        public_keys: PublicKeys,
        results: Told,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.configuration = configuration
        self.cache = Cache()
        self._origins = origins
        self._public_keys = public_keys
        self._results = results
        self._clock = clock

    def answer(self, request: Request) -> Response:
        """Return the response to a viewer's request."""
        path = request.target.partition("?")[0]
        behaviour = self.configuration.behaviour_for(path)
        try:
            response, result = self._serve(behaviour, path, request)
        except Exception:
            # Whatever breaks here is ours or moto's, and the viewer gets an answer all the same.
            logger.exception("%s %s broke", request.method, path)
            response, result = error_page(502, "The edge itself failed."), ERROR
        self._results.add(behaviour.pattern, result, response.status, path)
        return response.having(
            ("x-cache", f"{result} from cloudfront"),
            ("via", "1.1 local.cloudfront.net (CloudFront)"),
            ("x-amz-cf-pop", "LOCAL"),
            ("x-amz-cf-id", os.urandom(20).hex()),
        )

    def _serve(self, behaviour: Behaviour, path: str, request: Request) -> tuple[Response, str]:
        if request.method not in behaviour.methods:
            return error_page(403, METHOD_REFUSED), ERROR
        query = request.query
        if behaviour.key_groups:
            query = without_signature(query)
            try:
                self._require_signature(behaviour, _with_query(path, query), request)
            except NotSigned as reason:
                return refusal(reason.code, reason.message), ERROR
        if path == "/" and self.configuration.root:
            path = f"/{self.configuration.root}"
        asked = replace(request, target=_with_query(path, query))
        if request.method in CACHED_METHODS:
            response, result = self._from_cache(behaviour, asked)
        else:
            response, result = self._fetch(behaviour, asked), MISS
        if response.status >= 400:
            response, result = self._error(request, response), ERROR
        if behaviour.response_headers is not None:
            response = behaviour.response_headers.applied(request, response)
        return response, result

    def _require_signature(self, behaviour: Behaviour, target: str, request: Request) -> None:
        require_signature(
            f"http://{request.header('host')}{target}",
            request.query,
            self._public_keys(behaviour.key_groups),
            now=self._clock(),
            source_ip=request.source_ip,
        )

    def _from_cache(self, behaviour: Behaviour, request: Request) -> tuple[Response, str]:
        if behaviour.cache.max_ttl > 0:
            # The answer to GET serves both.
            request = replace(request, method="GET")
        key = _key(behaviour, request)
        key_of_part = (*key, request.header("range"))
        now = self._clock()
        kept = self.cache.get(key)
        if kept is not None and now < kept.until:
            return self._aged(_viewed(request, kept.response), kept), HIT
        part = self.cache.get(key_of_part)
        if part is not None and now < part.until and not request.header("if-range"):
            return self._aged(part.response, part), HIT
        if kept is not None and kept.response.status == 200:
            return self._refreshed(behaviour, request, key, kept)
        response = self._fetch(behaviour, request)
        self._keep(behaviour, key_of_part if response.status == 206 else key, response)
        return response, MISS

    def _refreshed(
        self, behaviour: Behaviour, request: Request, key: Key, stale: Kept
    ) -> tuple[Response, str]:
        """Ask the origin whether what is kept is still good, and go on with it if it is."""
        etag = next((v for name, v in stale.response.headers if name.lower() == "etag"), "")
        dropped = {"if-modified-since", "if-range", "if-unmodified-since", "if-match", "range"}
        headers = tuple(
            h for h in request.headers if h[0].lower() not in {*dropped, "if-none-match"}
        )
        asked = replace(request, headers=(*headers, ("if-none-match", etag)) if etag else headers)
        response = self._fetch(behaviour, asked)
        if response.status == 304 or response.status >= 500:
            # An origin that fails does not take away what is there.
            self._keep(behaviour, key, stale.response)
            return _viewed(request, stale.response), REFRESH_HIT
        self._keep(behaviour, key, response)
        return _viewed(request, response), MISS

    def _keep(self, behaviour: Behaviour, key: Key, response: Response) -> None:
        if response.status in {304, 416}:
            return
        error_seconds = self.configuration.error_seconds(response.status)
        seconds = seconds_kept(behaviour.cache, response, error_seconds)
        now = self._clock()
        if seconds > 0:
            self.cache.put(key, Kept(response, now, now + seconds))

    def _fetch(self, behaviour: Behaviour, request: Request) -> Response:
        return self._origins.fetch(behaviour.origin, origin_request(behaviour, request))

    def _error(self, request: Request, response: Response) -> Response:
        """Return the distribution's own page for an error, if it has one."""
        custom = self.configuration.errors.get(response.status)
        if custom is None or not custom.page:
            return response
        behaviour = self.configuration.behaviour_for(custom.page)
        page = replace(request, method="GET", target=custom.page, headers=())
        found, _ = self._from_cache(behaviour, page)
        # CloudFront answers with the error itself where its page is not to be had.
        return replace(found, status=custom.status) if found.status == 200 else response

    def _aged(self, response: Response, kept: Kept) -> Response:
        return response.having(("age", str(int(self._clock() - kept.since))))


def _viewed(request: Request, response: Response) -> Response:
    return for_viewer(request, response) if response.status == 200 else response


def _key(behaviour: Behaviour, request: Request) -> Key:
    """Return what tells answers apart: the path, and what the cache policy names."""
    policy = replace(behaviour, forwarding=None)
    sent = origin_request(policy, request)
    named = tuple(
        (name.lower(), value)
        for name, value in sent.headers
        if name.lower() == "cookie" or behaviour.cache.key.headers.selects(name.lower())
    )
    path = request.target.partition("?")[0]
    query = sent.target.partition("?")[2]
    return (_with_query(path, query), request.method, named, behaviour.origin.domain)


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
