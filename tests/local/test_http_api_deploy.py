"""An HTTP API that the project's own deployment command made of `httpApi` events works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.deploy import deploy, package
from tests.local.http_apis import Client

if TYPE_CHECKING:
    from local.aws import LocalAws

REPOSITORY = Path(__file__).parents[2]
TEMPLATE = """
service: {name}
provider:
  name: aws
  runtime: python3.11
  region: us-east-1
  stage: one
  httpApi:
    cors:
      allowedOrigins: [https://page.example.org]
      allowedHeaders: [authorization]
    authorizers:
      doorkeeper:
        type: request
        functionName: doorkeeper
        enableSimpleResponses: true
        identitySource: [$request.header.authorization]
package:
  patterns: ["!**", index.py]
functions:
  doorkeeper:
    handler: index.admit
  things:
    handler: index.show
    events:
      - httpApi: {{method: GET, path: "/things/{{id}}", authorizer: {{name: doorkeeper}}}}
      - httpApi: "GET /open"
resources:
  extensions:
    HttpApiStage:
      Properties:
        DefaultRouteSettings: {{ThrottlingBurstLimit: 50, ThrottlingRateLimit: 100}}
  Outputs:
    Endpoint: {{Value: !GetAtt HttpApi.ApiEndpoint}}
"""
SOURCE = """
def admit(event, context):
    name = event["headers"]["authorization"].removeprefix("Bearer ")
    return {"isAuthorized": name != "nobody", "context": {"name": name}}

def show(event, context):
    known = event["requestContext"].get("authorizer")
    return [event.get("pathParameters"), known and known["lambda"]["name"]]
"""


@pytest.mark.skipif(not (REPOSITORY / "node_modules/.bin/osls").exists(), reason="needs `npm ci`")
def test_a_projects_http_api_is_deployed_by_its_own_command(
    aws: LocalAws, name: str, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (project / "package.json").write_text("{}")
    (project / "serverless.yml").write_text(TEMPLATE.format(name=name))
    (project / "index.py").write_text(SOURCE)
    made, log = tmp_path / "package", tmp_path / "log"
    package(aws, project=project, stage="one", parameters={}, destination=made, log=log)
    outputs = deploy(aws, project=project, stage="one", parameters={}, packaged=made, log=log)

    api = aws.client("apigatewayv2").get_api(ApiId=outputs["HttpApiId"])
    assert api["ApiEndpoint"] == outputs["Endpoint"]
    client = Client(outputs["Endpoint"])
    assert client.call("GET", "/open").json == [None, None]
    assert client.call("GET", "/things/7").status == 401
    known, unknown = ("Authorization", "Bearer ana"), ("Authorization", "Bearer nobody")
    assert client.call("GET", "/things/7", unknown).status == 403
    assert client.call("GET", "/things/7", known).json == [{"id": "7"}, "ana"]
    origin = ("Origin", "https://page.example.org")
    answer = client.call("OPTIONS", "/things/7", origin, ("Access-Control-Request-Method", "GET"))
    assert answer.header("access-control-allow-methods") == "OPTIONS,GET"
