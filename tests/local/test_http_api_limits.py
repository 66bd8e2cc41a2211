"""API Gateway, HTTP APIs: CORS and throttling, which the gateway does before any function."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from local.http_api.throttling import Throttle
from tests.local.http_apis import Client, api_resources, deploy_api

if TYPE_CHECKING:
    from local.aws import LocalAws

PAGE = "https://page.example.org"
ORIGIN = ("Origin", PAGE)
PREFLIGHT = (ORIGIN, ("Access-Control-Request-Method", "PUT"))
CORS = {
    "AllowOrigins": [PAGE, "http://*"],
    "AllowMethods": ["GET", "PUT"],
    "AllowHeaders": ["authorization", "content-type"],
    "ExposeHeaders": ["x-number"],
    "AllowCredentials": True,
    "MaxAge": 600,
}
OF_THE_FUNCTION = {
    "answer": {
        "statusCode": 200,
        "headers": {
            "Access-Control-Allow-Origin": "https://other.example.org",
            "Access-Control-Allow-Private-Network": "true",
            "x-number": "1",
        },
    }
}


def cors_headers(headers: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: value for name, value in headers.items() if name.startswith("access-control-")}


@pytest.fixture(scope="module")
def client(aws: LocalAws) -> Client:
    name = f"t-{uuid.uuid4().hex[:10]}"
    protected = {
        "ANY /private": {
            "AuthorizerUri": {"Fn::GetAtt": ["Function", "Arn"]},
            "AuthorizerPayloadFormatVersion": "2.0",
            "IdentitySource": ["$request.header.authorization"],
        }
    }
    routes = ["GET /a", "PUT /a", "OPTIONS /own"]
    resources = api_resources(name, routes, api={"CorsConfiguration": CORS}, protected=protected)
    return deploy_api(aws, name, resources)


@pytest.mark.parametrize("path", ["/a", "/no/route"])
def test_the_gateway_answers_a_preflight_request_itself(client: Client, path: str) -> None:
    answer = client.call("OPTIONS", path, *PREFLIGHT, wish={"fail": True})
    assert (answer.status, answer.body) == (204, b"")
    assert cors_headers(answer.headers) == {
        "access-control-allow-origin": [PAGE],
        "access-control-allow-credentials": ["true"],
        "access-control-allow-methods": ["GET,PUT"],
        "access-control-allow-headers": ["authorization,content-type"],
        "access-control-max-age": ["600"],
    }


def test_a_preflight_request_takes_a_route_of_its_method_first(client: Client) -> None:
    answer = client.call("OPTIONS", "/own", *PREFLIGHT, wish={"answer": {"statusCode": 202}})
    assert answer.status == 202
    assert answer.header("access-control-allow-methods") == "GET,PUT"
    # A browser sends no credentials with it, so ANY behind an authorizer shuts pages out.
    assert client.call("OPTIONS", "/private", *PREFLIGHT).status == 401


def test_another_origin_gets_no_permission(client: Client) -> None:
    stranger = (("Origin", "https://other.example.org"), PREFLIGHT[1])
    answer = client.call("OPTIONS", "/a", *stranger)
    assert (answer.status, cors_headers(answer.headers)) == (204, {})
    answer = client.call("GET", "/a", stranger[0], wish=OF_THE_FUNCTION)
    assert (answer.status, cors_headers(answer.headers)) == (200, {})


def test_an_origin_may_be_allowed_by_its_scheme(client: Client) -> None:
    answer = client.call("GET", "/a", ("Origin", "http://any.example.org"))
    assert answer.header("access-control-allow-origin") == "http://any.example.org"


def test_the_configuration_replaces_the_functions_own_headers(client: Client) -> None:
    answer = client.call("GET", "/a", ORIGIN, wish=OF_THE_FUNCTION)
    assert cors_headers(answer.headers) == {
        "access-control-allow-origin": [PAGE],
        "access-control-allow-credentials": ["true"],
        "access-control-expose-headers": ["x-number"],
    }
    assert cors_headers(client.call("GET", "/a", wish=OF_THE_FUNCTION).headers) == {}


@pytest.mark.parametrize(("path", "status"), [("/private", 401), ("/no/route", 404)])
def test_a_page_can_read_the_gateways_refusals(client: Client, path: str, status: int) -> None:
    answer = client.call("GET", path, ORIGIN)
    assert answer.status == status
    assert answer.header("access-control-allow-origin") == PAGE


def test_an_options_request_that_is_no_preflight_needs_a_route(client: Client) -> None:
    assert client.call("OPTIONS", "/a", ORIGIN).status == 404


def test_without_a_configuration_cors_is_the_functions_business(aws: LocalAws, name: str) -> None:
    client = deploy_api(aws, name, api_resources(name, ["GET /a"]))
    assert client.call("OPTIONS", "/a", *PREFLIGHT).status == 404
    answer = client.call("GET", "/a", ORIGIN, wish=OF_THE_FUNCTION)
    assert answer.header("access-control-allow-origin") == "https://other.example.org"


def test_every_origin_may_be_allowed(aws: LocalAws, name: str) -> None:
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"]}
    resources = api_resources(name, [], api={"CorsConfiguration": cors})
    answer = deploy_api(aws, name, resources).call("OPTIONS", "/a", *PREFLIGHT)
    assert cors_headers(answer.headers) == {
        "access-control-allow-origin": ["*"],
        "access-control-allow-methods": ["*"],
        "access-control-allow-headers": ["*"],
    }


def test_requests_above_the_burst_are_too_many_for_each_route_by_itself(
    aws: LocalAws, name: str
) -> None:
    # One token in 1,000 s: none comes back while this runs.
    limits = {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.001}
    own = {"GET /b": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.001}}
    stage = {"DefaultRouteSettings": limits, "RouteSettings": own}
    client = deploy_api(aws, name, api_resources(name, ["GET /a", "GET /b"], stage=stage))
    answers = [client.call("GET", "/a") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[-1].body == b'{"message":"Too Many Requests"}'
    assert [client.call("GET", "/b").status for _ in range(2)] == [200, 429]


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_tokens_flow_back_at_the_rate_up_to_the_burst() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    settings = {"throttlingRateLimit": 2, "throttlingBurstLimit": 3}

    def admitted(requests: int) -> int:
        return sum(throttle.admits("api", "GET /", settings) for _ in range(requests))

    assert admitted(5) == 3
    clock.seconds += 0.5
    assert admitted(5) == 1
    clock.seconds += 0.25
    assert admitted(5) == 0
    clock.seconds += 60
    assert admitted(5) == 3
