"""HTTP APIs for the contract tests: their templates, and a client that shows all of a response."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.local.conftest import deploy, function_resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.aws import LocalAws

SOURCE = """
import json, time

def handler(event, context):
    wish = json.loads(event["headers"].get("x-function", "{}"))
    if "fail" in wish:
        raise ValueError("as wished")
    time.sleep(wish.get("sleep", 0))
    if "answer" in wish:
        return wish["answer"]
    if "large" in wish:
        return "x" * wish["large"]
    headers = {"content-type": "application/json"}
    return {"statusCode": 200, "headers": headers, "body": json.dumps(event)}
"""
"""A function that does what the header `x-function` asks for, or shows the event that it got."""


@dataclass(frozen=True)
class Answer:
    """A response; of several headers of one name, all values."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return a header that may be there once."""
        values = self.headers.get(name, [None])
        (value,) = values
        return value


class Client:
    """Calls one API.

    Args:
        endpoint: its address.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def call(
        self,
        method: str,
        target: str,
        *headers: tuple[str, str],
        body: bytes | None = None,
        wish: object = None,
    ) -> Answer:
        """Send one request, its headers in the order given, and return the answer.

        Args:
            method: the method.
            target: path and query as they are sent.
            headers: names and values; a name may come twice.
            body: sent with its length.
            wish: what the function shall do.
        """
        connection = HTTPConnection(urlsplit(self.endpoint).netloc, timeout=60)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if wish is not None:
                connection.putheader("x-function", json.dumps(wish))
            if body is not None:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            found: dict[str, list[str]] = {}
            for name, value in response.getheaders():
                found.setdefault(name.lower(), []).append(value)
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def event(self, method: str, target: str, *headers: tuple[str, str], body: bytes = b"") -> Any:  # noqa: ANN401 - any JSON
        """Return the event that the function got."""
        return self.call(method, target, *headers, body=body or None).json


def api_resources(
    name: str,
    routes: Iterable[str],
    *,
    api: Mapping[str, Any] | None = None,
    stage: Mapping[str, Any] | None = None,
    integration: Mapping[str, Any] | None = None,
    protected: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Describe an API, all routes of which lead to one function.

    Args:
        name: of the API and the function.
        routes: the keys of open routes.
        api: more properties of the API.
        stage: more properties of the stage.
        integration: more properties of the integration.
        protected: the properties of an authorizer for each key of a route behind one.
    """
    resources = {
        "Function": function_resource(name, SOURCE),
        "Api": _resource("Api", Name=name, ProtocolType="HTTP", **(api or {})),
        "Stage": _part("Stage", **{"StageName": "$default", "AutoDeploy": True, **(stage or {})}),
        "Integration": _part(
            "Integration",
            **{
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]},
                "PayloadFormatVersion": "2.0",
                **(integration or {}),
            },
        ),
    }
    target = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    for number, key in enumerate(routes):
        resources[f"Route{number}"] = _part("Route", RouteKey=key, Target=target)
    for number, (key, properties) in enumerate((protected or {}).items()):
        authorizer = f"Authorizer{number}"
        resources[authorizer] = _part(
            "Authorizer", **{"Name": authorizer, "AuthorizerType": "REQUEST", **properties}
        )
        resources[f"Protected{number}"] = _part(
            "Route",
            RouteKey=key,
            Target=target,
            AuthorizationType="CUSTOM",
            AuthorizerId={"Ref": authorizer},
        )
    return resources


def deploy_api(aws: LocalAws, stack: str, resources: dict[str, Any]) -> Client:
    """Deploy an API and return a client of it."""
    outputs = deploy(aws, stack, resources, {"Endpoint": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}})
    return Client(outputs["Endpoint"])


def _resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def _part(kind: str, **properties: object) -> dict[str, Any]:
    return _resource(kind, ApiId={"Ref": "Api"}, **properties)
