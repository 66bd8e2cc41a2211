"""CloudFront: how long answers and errors are kept, on a clock that the test moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from local.edge.cache import Cache, Kept
from local.edge.configuration import Configuration
from local.edge.edge import Edge
from local.edge.policies import CachePolicy, Forwarding
from local.edge_results import hit_ratio
from local.http_api.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.edge.configuration import Origin
    from local.edge.response_headers import ResponseHeaders

DAY = 86_400
POLICIES = {
    "usual": CachePolicy(0, 100, 1000),
    "at least": CachePolicy(50, 100, 1000),
    "never": CachePolicy(0, 0, 0),
    "keyed": CachePolicy.of(
        {
            "MinTTL": 1,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["X-Language"]},
                "QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": ["v"]},
                "CookiesConfig": {"CookieBehavior": "allExcept", "Cookies": ["session"]},
            },
        }
    ),
}


BODY = Response(200, (("etag", '"1"'),), b"body")


class Policies:
    cache: Mapping[str, CachePolicy] = POLICIES
    origin_request: Mapping[str, Forwarding] = {}
    response_headers: Mapping[str, ResponseHeaders] = {}


@dataclass
class World:
    """One distribution with an origin that answers what the test says, and a clock."""

    policy: str = "usual"
    errors: list[dict[str, object]] = field(default_factory=list)
    answer: Response = BODY
    now: float = 1_000_000.0
    asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        behaviour = {"TargetOriginId": "o", "CachePolicyId": self.policy}
        origin = {"Id": "o", "DomainName": "b.s3.us-east-1.amazonaws.com", "S3OriginConfig": {}}
        config = {
            "Origins": [origin],
            "DefaultCacheBehavior": behaviour,
            "CustomErrorResponses": self.errors,
        }
        self.edge = Edge(
            Configuration.of(config, Policies()),
            origins=self,
            public_keys=lambda _groups: {},
            results=self,
            clock=lambda: self.now,
        )

    def fetch(self, origin: Origin, request: Request) -> Response:
        del origin
        self.asked.append(request)
        return self.answer

    def add(self, behaviour: str, result: str, status: int, path: str) -> None:
        """Keep no log."""

    def get(self, target: str = "/a", *headers: tuple[str, str], method: str = "GET") -> Response:
        return self.edge.answer(Request(method, target, headers, b"", "192.0.2.1", "edge"))

    def result(self, target: str = "/a", *headers: tuple[str, str]) -> str:
        return header(self.get(target, *headers), "x-cache").removesuffix(" from cloudfront")

    def seconds_kept(self) -> float:
        """Ask until the origin is asked again."""
        self.get()
        begun, count = self.now, len(self.asked)
        while len(self.asked) == count and self.now - begun < 2 * DAY:
            self.now += 5
            self.get()
        return self.now - begun


def header(message: Request | Response, name: str) -> str:
    return dict(message.headers).get(name, "")


@pytest.mark.parametrize(
    ("policy", "cache_control", "seconds"),
    [
        ("usual", "", 100),
        ("usual", "max-age=30", 30),
        ("usual", "max-age=9999", 1000),
        ("usual", "max-age=30, s-maxage=60", 60),
        ("usual", "public, max-age=0", 5),
        ("usual", "no-store", 5),
        ("usual", "private, max-age=60", 5),
        ("at least", "max-age=10", 50),
        ("at least", "no-cache", 50),
        ("never", "max-age=60", 5),
    ],
)
def test_the_origin_asks_and_the_policy_bounds(
    policy: str, cache_control: str, seconds: float
) -> None:
    headers = (("cache-control", cache_control),) if cache_control else ()
    assert World(policy, answer=Response(200, headers, b"x")).seconds_kept() == seconds


def test_expires_counts_where_there_is_no_max_age() -> None:
    dates = (
        ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
        ("expires", "Sun, 22 Nov 2026 10:00:40 GMT"),
    )
    assert World(answer=Response(200, dates, b"x")).seconds_kept() == 40
    invalid = (dates[0], ("expires", "0"))
    assert World(answer=Response(200, invalid, b"x")).seconds_kept() == 5


def test_age_is_the_time_since_the_origin_answered() -> None:
    world = World()
    world.get()
    world.now += 42
    assert header(world.get(), "age") == "42"


@pytest.mark.parametrize(
    ("status", "cache_control", "seconds"),
    [
        (404, "", 10),
        (500, "", 10),
        (503, "max-age=60", 60),
        (403, "", 5),
        (403, "max-age=60", 60),
        (418, "max-age=60", 5),
    ],
)
def test_errors_are_kept_for_ten_seconds_or_as_the_origin_asks(
    status: int, cache_control: str, seconds: float
) -> None:
    headers = (("cache-control", cache_control),) if cache_control else ()
    assert World(answer=Response(status, headers)).seconds_kept() == seconds


@pytest.mark.parametrize("policy", ["usual", "never"])
def test_errors_are_kept_whatever_the_policy_unless_the_distribution_says_otherwise(
    policy: str,
) -> None:
    missing = Response(404)
    assert World(policy, answer=missing).seconds_kept() == 10
    rule: dict[str, object] = {"ErrorCode": 404, "ErrorCachingMinTTL": 0}
    assert World(policy, [rule], missing).seconds_kept() == 5
    rule["ErrorCachingMinTTL"] = 300
    assert World(policy, [rule], missing).seconds_kept() == 300


def test_what_is_old_is_confirmed_and_not_fetched_again() -> None:
    world = World()
    world.get()
    world.now += 101
    world.answer = Response(304)
    answer = world.get("/a", ("range", "bytes=1-2"))
    assert header(world.asked[-1], "if-none-match") == '"1"'
    assert header(world.asked[-1], "range") == ""
    assert (answer.status, answer.body) == (206, b"od")
    assert header(answer, "x-cache") == "RefreshHit from cloudfront"
    assert world.result() == "Hit"


def test_what_is_old_is_replaced_by_what_is_new() -> None:
    world = World()
    world.get()
    world.now += 101
    world.answer = Response(200, (), b"new")
    assert (world.get().body, world.result()) == (b"new", "Hit")


def test_an_origin_that_fails_does_not_take_away_what_is_there() -> None:
    world = World()
    world.get()
    world.now += 101
    world.answer = Response(503)
    assert (world.get().status, world.get().body) == (200, b"body")


def test_the_policy_says_what_tells_answers_apart() -> None:
    world = World("keyed")
    assert world.result("/a?v=1", ("x-language", "en"), ("cookie", "a=1; session=2")) == "Miss"
    same = ("/a?w=9&v=1", ("x-language", "en"), ("cookie", "session=3; a=1"), ("x-other", "1"))
    assert world.result(*same) == "Hit"
    assert world.result("/a?v=2", *same[1:]) == "Miss"
    assert world.result(same[0], ("x-language", "es"), same[2]) == "Miss"
    assert world.result(same[0], same[1], ("cookie", "a=2")) == "Miss"
    # What is part of the key reaches the origin, and nothing else of the kind.
    sent = world.asked[0]
    assert sent.target == "/a?v=1"
    assert (header(sent, "x-language"), header(sent, "cookie")) == ("en", "a=1")


def test_an_error_has_the_distributions_own_page() -> None:
    rule: dict[str, object] = {
        "ErrorCode": 403,
        "ResponseCode": 404,
        "ResponsePagePath": "/404.html",
        "ErrorCachingMinTTL": 0,
    }
    world = World(errors=[rule])
    page = Response(200, (("content-type", "text/html"),), b"not here")
    world.edge.cache.put(
        ("/404.html", "GET", (), "b.s3.us-east-1.amazonaws.com"), Kept(page, 0, 2e9)
    )
    world.answer = Response(403)
    answer = world.get()
    assert (answer.status, answer.body) == (404, b"not here")
    assert header(answer, "content-type") == "text/html"
    assert header(answer, "x-cache") == "Error from cloudfront"


def test_a_full_cache_forgets_what_came_first() -> None:
    cache = Cache(capacity_bytes=10)
    for name in ("a", "b", "c"):
        cache.put((name,), Kept(Response(200, (), b"1234"), 0, 100))
    cache.put(("d",), Kept(Response(200, (), bytes(11)), 0, 100))
    assert [cache.get((name,)) is not None for name in "abcd"] == [False, True, True, False]


def test_the_hit_ratio_leaves_errors_out() -> None:
    assert hit_ratio(Counter(Hit=8, RefreshHit=1, Miss=1, Error=5)) == 0.9
    assert hit_ratio(Counter()) == 0.0
