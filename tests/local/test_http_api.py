"""API Gateway, HTTP APIs: which route a request takes, and what its function gets of it."""

from __future__ import annotations

import base64
import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import deploy
from tests.local.http_apis import Client, api_resources, deploy_api

if TYPE_CHECKING:
    from local.aws import LocalAws

ROUTES = (
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "POST /things/{kind}/parts/{part}",
    "$default",
)


@pytest.fixture(scope="module")
def client(aws: LocalAws) -> Client:
    name = f"t-{uuid.uuid4().hex[:10]}"
    return deploy_api(aws, name, api_resources(name, ROUTES))


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("GET", "/pets/dog/", "GET /pets/{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("HEAD", "/pets/dog/1", "ANY /{proxy+}"),
        ("POST", "/things/a/parts/b", "POST /things/{kind}/parts/{part}"),
        ("POST", "/things/a%2Fparts%2Fb", "POST /things/{kind}/parts/{part}"),
    ],
)
def test_the_most_specific_route_is_taken_and_a_greedy_one_after_every_full_match(
    client: Client, method: str, path: str, route: str
) -> None:
    answer = client.call(method, path)
    assert answer.status == 200
    if method != "HEAD":
        assert answer.json["routeKey"] == route


def test_a_function_gets_the_request_in_payload_format_2_0(client: Client) -> None:
    event = client.event(
        "POST",
        "/things/a%20b/parts/%C3%B1?x=1&x=2%2B&empty=&y=a+b",
        ("X-Twice", "one"),
        ("User-Agent", "some browser"),
        ("x-twice", "two"),
        ("Cookie", "a=1; b=2"),
        ("Content-Type", "application/json"),
        ("TE", "trailers"),
        ("X-Forwarded-For", "192.0.2.1"),
        body=b'{"n": "\xc3\xb1"}',
    )
    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /things/{kind}/parts/{part}",
        "rawPath": "/things/a b/parts/ñ",
        "rawQueryString": "x=1&x=2%2B&empty=&y=a+b",
        "queryStringParameters": {"x": "1,2+", "empty": "", "y": "a b"},
        "pathParameters": {"kind": "a b", "part": "ñ"},
        "cookies": ["a=1", "b=2"],
        "body": '{"n": "ñ"}',
        "isBase64Encoded": False,
    }
    domain = client.endpoint.removeprefix("http://")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers.pop("x-amzn-trace-id"))
    assert headers == {
        "host": domain,
        "x-twice": "one,two",
        "user-agent": "some browser",
        "content-type": "application/json",
        "content-length": "11",
        "x-forwarded-for": "192.0.2.1, 127.0.0.1",
        "x-forwarded-port": domain.partition(":")[2],
        "x-forwarded-proto": "http",
    }
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context.pop("time"))
    assert context.pop("timeEpoch") > 1_700_000_000_000
    assert re.fullmatch(r"[A-Za-z0-9+/]{15}=", context.pop("requestId"))
    assert context.pop("apiId") == context.pop("domainPrefix")
    assert context == {
        "accountId": "123456789012",
        "domainName": domain,
        "routeKey": "POST /things/{kind}/parts/{part}",
        "stage": "$default",
        "http": {
            "method": "POST",
            "path": "/things/a b/parts/ñ",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "some browser",
        },
    }


def test_parts_that_a_request_lacks_are_left_out(client: Client) -> None:
    event = client.event("GET", "/pets/dog/1")
    assert event["rawQueryString"] == ""
    assert event["isBase64Encoded"] is False
    absent = {"body", "cookies", "pathParameters", "queryStringParameters"}
    assert not absent & event.keys()
    assert event["headers"]["content-length"] == "0"


@pytest.mark.parametrize(
    ("content_type", "encoded"),
    [
        ("text/plain", False),
        ("application/json; charset=utf-8", False),
        ("application/problem+json", False),
        ("application/octet-stream", True),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=x", True),
        ("image/png", True),
    ],
)
def test_a_body_that_is_not_of_a_textual_type_is_base64(
    client: Client,
    content_type: str,
    encoded: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    event = client.event("POST", "/any", ("content-type", content_type), body=b"a=1")
    assert event["isBase64Encoded"] is encoded
    assert event["body"] == (base64.b64encode(b"a=1").decode() if encoded else "a=1")


def test_a_request_that_no_route_takes_is_not_found(aws: LocalAws, name: str) -> None:
    client = deploy_api(aws, name, api_resources(name, ["GET /things", "POST /things/{id}"]))
    for method, path in (
        ("POST", "/things"),
        ("HEAD", "/things"),
        ("OPTIONS", "/things"),
        ("GET", "/things/"),
        ("GET", "/Things"),
        ("POST", "/things/"),
        ("POST", "/things/1/2"),
        ("TRACE", "/things"),
        ("GET", "/"),
    ):
        answer = client.call(method, path)
        assert answer.status == 404, (method, path)
        if method != "HEAD":
            assert answer.body == b'{"message":"Not Found"}'
    assert client.call("GET", "/things?x=1").status == 200


def test_a_second_deployment_changes_the_api_and_its_routes_at_the_same_address(
    aws: LocalAws, name: str
) -> None:
    client = deploy_api(aws, name, api_resources(name, ["GET /old", "GET /both"]))
    changed = api_resources(name, ["GET /new"], api={"Description": "changed"})
    changed["Other"] = {**changed["Route0"], "Properties": {**changed["Route0"]["Properties"]}}
    changed["Other"]["Properties"]["RouteKey"] = "GET /other"
    assert deploy_api(aws, name, changed).endpoint == client.endpoint
    statuses = {path: client.call("GET", path).status for path in ("/old", "/both", "/new")}
    assert statuses == {"/old": 404, "/both": 404, "/new": 200}
    assert client.call("GET", "/other").status == 200


def test_get_apis_and_the_templates_functions_tell_where_an_api_answers(
    aws: LocalAws, name: str
) -> None:
    resources = api_resources(
        name,
        ["GET /a"],
        protected={
            "GET /b": {
                "AuthorizerUri": {"Fn::GetAtt": ["Function", "Arn"]},
                "AuthorizerPayloadFormatVersion": "2.0",
            }
        },
    )
    outputs = deploy(
        aws,
        name,
        resources,
        {
            "Api": {"Ref": "Api"},
            "Endpoint": {"Fn::GetAtt": ["Api", "ApiEndpoint"]},
            "Stage": {"Ref": "Stage"},
            "Authorizer": {"Ref": "Authorizer0"},
            "Route": {"Fn::GetAtt": ["Protected0", "RouteId"]},
        },
    )
    api_gateway = aws.client("apigatewayv2")
    (api,) = [api for api in api_gateway.get_apis()["Items"] if api["Name"] == name]
    assert api["ApiId"] == outputs["Api"]
    assert api["ApiEndpoint"] == outputs["Endpoint"]
    assert outputs["Stage"] == "$default"
    route = api_gateway.get_route(ApiId=api["ApiId"], RouteId=outputs["Route"])
    assert route["AuthorizerId"] == outputs["Authorizer"]


def test_a_deleted_api_answers_no_more(aws: LocalAws, name: str) -> None:
    client = deploy_api(aws, name, api_resources(name, ["GET /a"]))
    assert client.call("GET", "/a").status == 200
    aws.client("cloudformation").delete_stack(StackName=name)
    with pytest.raises(ConnectionRefusedError):
        client.call("GET", "/a")


@pytest.mark.parametrize(
    "properties",
    [
        {"stage": {"StageName": "prod"}},
        {"api": {"DisableExecuteApiEndpoint": True}},
        {"integration": {"PayloadFormatVersion": "1.0"}},
        {"integration": {"RequestParameters": {"append:header.x": "1"}}},
        {"routes": ["GET /things/"]},
    ],
)
def test_what_is_not_made_fails_the_stack_and_is_not_left_out(
    aws: LocalAws, name: str, properties: dict[str, Any]
) -> None:
    resources = api_resources(name, **{"routes": [], **properties})
    with pytest.raises(AssertionError, match="ROLLBACK_COMPLETE"):
        deploy(aws, name, resources)
