"""CloudFront: what an HTTP API behind it is sent, and what a policy adds to responses."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.edges import (
    ALL_METHODS,
    ALL_VIEWER,
    ALL_VIEWER_EXCEPT_HOST,
    CACHING_DISABLED,
    Edge,
    behaviour,
    deploy_edge,
    resource,
)
from tests.local.http_apis import api_resources

if TYPE_CHECKING:
    from local.aws import LocalAws

PAGE = ("Origin", "https://page.example.org")
POLICY = {
    "Name": "n",
    "SecurityHeadersConfig": {
        "ContentSecurityPolicy": {
            "ContentSecurityPolicy": "frame-ancestors 'none'",
            "Override": True,
        },
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": True},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": False},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": 63072000,
            "IncludeSubdomains": True,
            "Override": True,
        },
    },
    "CorsConfig": {
        "AccessControlAllowCredentials": False,
        "AccessControlAllowHeaders": {"Items": ["range"]},
        "AccessControlAllowMethods": {"Items": ["GET"]},
        "AccessControlAllowOrigins": {"Items": [PAGE[1]]},
        "AccessControlExposeHeaders": {"Items": ["content-range"]},
        "OriginOverride": True,
    },
    "RemoveHeadersConfig": {"Items": [{"Header": "Server"}]},
}


@pytest.fixture(scope="module")
def edge(aws: LocalAws) -> Edge:
    name = f"t-{uuid.uuid4().hex[:10]}"
    domain = {"Fn::Sub": "${Api}.execute-api.${AWS::Region}.amazonaws.com"}
    reference = {"Fn::Sub": f"{{{{resolve:secretsmanager:{name}:SecretString:current}}}}"}
    origin = {
        "Id": "api",
        "DomainName": domain,
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
        "OriginCustomHeaders": [{"HeaderName": "x-secret", "HeaderValue": reference}],
    }
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name=name, SecretString='{"current": "the secret"}')
    open_to_all = {"CachePolicyId": CACHING_DISABLED, "AllowedMethods": ALL_METHODS}
    forwarded = {**open_to_all, "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST}
    return deploy_edge(
        aws,
        name,
        default=behaviour(ResponseHeadersPolicyId={"Ref": "Headers"}),
        origins=[origin],
        behaviours=[
            behaviour("api", PathPattern="all/*", **forwarded),
            behaviour("api", PathPattern="bare/*", **open_to_all),
            behaviour(
                "api",
                PathPattern="host/*",
                **{**open_to_all, "OriginRequestPolicyId": ALL_VIEWER},
            ),
        ],
        more={
            **api_resources(name, ["$default"]),
            "Headers": resource("ResponseHeadersPolicy", ResponseHeadersPolicyConfig=POLICY),
        },
    )


def test_an_api_gets_the_request_with_the_origins_own_headers(edge: Edge) -> None:
    event = edge.client.event(
        "POST",
        "/all/things?a=1&b=%20",
        ("Authorization", "Bearer token"),
        ("Content-Type", "text/plain"),
        ("Cookie", "c=1"),
        ("X-Secret", "a guess"),
        ("X-Forwarded-For", "192.0.2.1"),
        body=b"hello",
    )
    headers: dict[str, Any] = event["headers"]
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["rawQueryString"] == "a=1&b=%20"
    assert event["body"] == "hello"
    assert headers["authorization"] == "Bearer token"
    assert event["cookies"] == ["c=1"]
    assert headers["x-secret"] == "the secret"
    assert headers["host"].endswith(".execute-api.us-east-1.amazonaws.com")


def test_without_an_origin_request_policy_the_viewers_headers_end_here(edge: Edge) -> None:
    event = edge.client.event("GET", "/bare/x?a=1", ("Authorization", "t"), ("Cookie", "c=1"))
    assert event["rawQueryString"] == ""
    assert not {"authorization", "cookie"} & event["headers"].keys()
    assert "cookies" not in event
    assert event["headers"]["user-agent"] == "Amazon CloudFront"
    assert event["headers"]["x-secret"] == "the secret"


def test_an_api_does_not_know_itself_by_the_viewers_host(edge: Edge) -> None:
    assert edge.client.call("GET", "/host/x").status == 403


def test_answers_of_an_api_without_caching_are_its_own_each_time(edge: Edge) -> None:
    for body in ("1", "2"):
        wish = {"answer": {"statusCode": 200, "body": body}}
        answer = edge.client.call("GET", "/all/counted", wish=wish)
        assert (answer.body.decode(), answer.header("x-cache")) == (body, "Miss from cloudfront")


def test_an_error_of_an_api_is_kept_although_its_answers_are_not(edge: Edge) -> None:
    wish = {"answer": {"statusCode": 404, "body": "for one viewer"}}
    edge.client.call("GET", "/all/missing", wish=wish)
    answer = edge.client.call("GET", "/all/missing", wish={"answer": {"statusCode": 200}})
    assert (answer.status, answer.body) == (404, b"for one viewer")


def test_a_policy_adds_security_headers_and_takes_others_away(edge: Edge) -> None:
    edge.put("a", b"1")
    for _ in range(2):
        answer = edge.client.call("GET", "/a")
        assert answer.header("content-security-policy") == "frame-ancestors 'none'"
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("x-frame-options") == "DENY"
        assert answer.header("referrer-policy") == "no-referrer"
        expected = "max-age=63072000; includeSubDomains"
        assert answer.header("strict-transport-security") == expected
        assert "server" not in answer.headers
    assert "x-frame-options" not in edge.client.call("GET", "/all/x").headers


def test_a_policy_lets_pages_of_its_origins_read(edge: Edge) -> None:
    edge.put("cors", b"1")
    answer = edge.client.call("GET", "/cors", PAGE)
    assert answer.header("access-control-allow-origin") == PAGE[1]
    assert answer.header("access-control-expose-headers") == "content-range"
    assert answer.header("vary") == "Origin"
    stranger = edge.client.call("GET", "/cors", ("Origin", "https://other.example.org"))
    assert "access-control-allow-origin" not in stranger.headers
