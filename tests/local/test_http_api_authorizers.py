"""API Gateway, HTTP APIs: request authorizers decide who reaches a function, and as whom."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from local.http_api.authorizers import context_of_policy
from local.http_api.messages import Refusal
from tests.local.conftest import deploy, function_resource
from tests.local.http_apis import Client, api_resources, deploy_api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws import LocalAws

JUDGE = """
import json

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("asked")
    verdict = json.loads(event["headers"].get("x-verdict", "true"))
    if verdict == "fail":
        raise ValueError("as wished")
    if isinstance(verdict, dict):
        return verdict
    return {"isAuthorized": verdict, "context": {"event": json.dumps(event), "calls": calls}}
"""
TOKEN = ("Authorization", "Bearer x")
YES, NO = ("x-verdict", "true"), ("x-verdict", "false")
INTERNAL = b'{"message":"Internal Server Error"}'


def authorizer(**properties: object) -> Mapping[str, Any]:
    address = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Judge.Arn}"
    return {
        "AuthorizerUri": {"Fn::Sub": f"{address}/invocations"},
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "IdentitySource": ["$request.header.Authorization"],
        **properties,
    }


PROTECTED = {
    "GET /simple/{id}": authorizer(),
    "GET /always": authorizer(IdentitySource=[]),
    "GET /context": authorizer(IdentitySource=["$context.identity.sourceIp", "$context.routeKey"]),
    "GET /both": authorizer(
        IdentitySource=["$request.header.authorization", "$request.querystring.key"]
    ),
    "GET /kept": authorizer(AuthorizerResultTtlInSeconds=300),
    "GET /policy": authorizer(EnableSimpleResponses=False),
}


@pytest.fixture(scope="module")
def name() -> str:
    return f"t-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="module")
def client(aws: LocalAws, name: str) -> Client:
    resources = api_resources(name, ["GET /open"], protected=PROTECTED)
    return deploy_api(aws, name, {**resources, "Judge": function_resource(f"{name}-judge", JUDGE)})


def times_asked(aws: LocalAws, name: str) -> int:
    log = aws.logs / f"{name}-judge.log"
    return log.read_text().count("asked\n") if log.exists() else 0


def verdict(value: object) -> tuple[str, str]:
    return ("x-verdict", json.dumps(value))


def test_a_request_that_may_pass_brings_the_authorizers_context(client: Client) -> None:
    event = client.event("GET", "/simple/7", TOKEN)
    assert event["requestContext"]["authorizer"]["lambda"].keys() == {"event", "calls"}


def test_an_authorizer_without_a_context_gives_none(client: Client) -> None:
    event = client.event("GET", "/simple/7", TOKEN, verdict({"isAuthorized": True}))
    assert event["requestContext"]["authorizer"] == {"lambda": None}


def test_an_open_route_has_no_authorizer_in_its_context(client: Client) -> None:
    assert "authorizer" not in client.event("GET", "/open")["requestContext"]


def test_an_authorizer_gets_the_request_without_its_body(client: Client) -> None:
    event = client.event("GET", "/simple/a%20b?x=1", TOKEN, body=b"any")
    seen = json.loads(event["requestContext"]["authorizer"]["lambda"]["event"])
    api_id = event["requestContext"]["apiId"]
    assert seen["type"] == "REQUEST"
    assert seen["version"] == "2.0"
    assert seen["identitySource"] == ["Bearer x"]
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{api_id}/$default/GET/simple/a b"
    assert seen["routeArn"] == arn
    same = ("routeKey", "rawPath", "rawQueryString", "queryStringParameters", "pathParameters")
    assert {part: seen[part] for part in same} == {part: event[part] for part in same}
    assert not {"body", "isBase64Encoded"} & seen.keys()
    assert seen["requestContext"]["requestId"] == event["requestContext"]["requestId"]


def test_identity_sources_may_be_parts_of_the_context(client: Client) -> None:
    context = client.event("GET", "/context")["requestContext"]
    seen = json.loads(context["authorizer"]["lambda"]["event"])
    assert seen["identitySource"] == ["127.0.0.1", "GET /context"]


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/simple/7", []),
        ("/simple/7", [("Authorization", "")]),
        ("/both", [TOKEN]),
        ("/both?key=", [TOKEN]),
        ("/both?key=1", []),
    ],
)
def test_a_missing_identity_source_is_unauthorized_and_the_authorizer_is_not_asked(
    aws: LocalAws, name: str, client: Client, target: str, headers: list[tuple[str, str]]
) -> None:
    before = times_asked(aws, name)
    answer = client.call("GET", target, *headers)
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert times_asked(aws, name) == before


def test_an_authorizer_with_no_identity_source_is_always_asked(client: Client) -> None:
    assert client.call("GET", "/always").status == 200
    assert client.call("GET", "/always", NO).status == 403


def test_a_refused_request_is_forbidden(client: Client) -> None:
    answer = client.call("GET", "/simple/7", TOKEN, NO)
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')


@pytest.mark.parametrize(
    "answered",
    [
        "fail",
        {},
        {"isAuthorized": "true"},
        {"isAuthorized": True, "context": "text"},
        {"principalId": "x"},
    ],
)
def test_an_authorizer_that_fails_is_an_internal_server_error(
    client: Client, answered: object
) -> None:
    answer = client.call("GET", "/simple/7", TOKEN, verdict(answered))
    assert (answer.status, answer.body) == (500, INTERNAL)


def test_a_result_is_kept_for_its_identity_only_if_a_time_to_live_is_set(
    aws: LocalAws, name: str, client: Client
) -> None:
    def calls(target: str, token: str) -> int:
        event = client.event("GET", target, ("Authorization", token))
        found: int = event["requestContext"]["authorizer"]["lambda"]["calls"]
        return found

    first = calls("/kept", "one")
    assert calls("/kept?x=1", "one") == first
    assert calls("/kept", "two") == first + 1
    assert calls("/kept", "one") == first
    assert calls("/simple/7", "one") == first + 2
    assert calls("/simple/7", "one") == first + 3
    # Refusals are kept too.
    assert client.call("GET", "/kept", ("Authorization", "no"), NO).status == 403
    asked = times_asked(aws, name)
    assert client.call("GET", "/kept", ("Authorization", "no")).status == 403
    assert times_asked(aws, name) == asked


def statement(effect: str, resource: str | list[str]) -> dict[str, object]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}


def policy(*statements: dict[str, object]) -> dict[str, object]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"principalId": "someone", "policyDocument": document, "context": {"who": "someone"}}


def test_an_authorizer_may_answer_with_a_policy(client: Client) -> None:
    allowed = verdict(policy(statement("Allow", "*")))
    event = client.event("GET", "/policy", TOKEN, allowed)
    assert event["requestContext"]["authorizer"] == {"lambda": {"who": "someone"}}
    denied = verdict(policy(statement("Deny", "*")))
    assert client.call("GET", "/policy", TOKEN, denied).status == 403
    assert client.call("GET", "/policy", TOKEN, YES).status == 500


ARN = "arn:aws:execute-api:us-east-1:123456789012:abc/$default/GET/things/1"


@pytest.mark.parametrize(
    ("statements", "passes"),
    [
        ([statement("Allow", ARN)], True),
        ([statement("Allow", ["other", "arn:aws:execute-api:*:*:abc/$default/GET/*"])], True),
        ([statement("Allow", ARN[:-1] + "?")], True),
        ([statement("Allow", ARN[:-1])], False),
        ([statement("Allow", "*"), statement("Deny", ARN)], False),
        ([statement("Allow", "*"), statement("Deny", ARN + "0")], True),
        ([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], False),
        ([], False),
    ],
)
def test_a_policy_lets_a_request_pass_that_it_allows_and_does_not_deny(
    statements: list[dict[str, object]],
    passes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    if passes:
        assert context_of_policy(policy(*statements), ARN) == {"who": "someone"}
    else:
        with pytest.raises(Refusal, match="Forbidden"):
            context_of_policy(policy(*statements), ARN)


@pytest.mark.parametrize(
    "properties",
    [
        {"AuthorizerType": "JWT"},
        {"AuthorizerPayloadFormatVersion": "1.0"},
        {"AuthorizerResultTtlInSeconds": 300, "IdentitySource": []},
        {"IdentitySource": ["$request.body.token"]},
    ],
)
def test_an_authorizer_that_cannot_be_made_fails_the_stack(
    aws: LocalAws, properties: dict[str, object]
) -> None:
    stack = f"t-{uuid.uuid4().hex[:10]}"
    resources = api_resources(stack, [], protected={"GET /": authorizer(**properties)})
    resources["Judge"] = function_resource(f"{stack}-judge", JUDGE)
    with pytest.raises(AssertionError, match="ROLLBACK_COMPLETE"):
        deploy(aws, stack, resources)
