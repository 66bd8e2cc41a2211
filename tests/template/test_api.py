"""The HTTP API: its routes are the function's operations, and all of them are behind the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.api.handler import OPERATIONS

if TYPE_CHECKING:
    from tests.template.template import Template


def test_its_routes_are_the_functions_operations(template: Template) -> None:
    routes = template.of_type("AWS::ApiGatewayV2::Route").values()
    assert sorted(route["RouteKey"] for route in routes) == sorted(
        f"{operation.method} {operation.path}" for operation in OPERATIONS
    )


def test_every_route_but_the_public_ones_is_behind_the_authorizer(template: Template) -> None:
    public = {
        f"{operation.method} {operation.path}" for operation in OPERATIONS if operation.public
    }
    assert public == {"GET /openapi.json"}
    for route in template.of_type("AWS::ApiGatewayV2::Route").values():
        behind = None if route["RouteKey"] in public else {"Ref": "HttpApiAuthorizerSessions"}
        assert route.get("AuthorizerId") == behind
        assert route.get("AuthorizationType") == ("CUSTOM" if behind else None)


def test_the_authorizer_judges_each_request_anew(template: Template) -> None:
    authorizer = template.properties("HttpApiAuthorizerSessions")
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["EnableSimpleResponses"] is True


def test_the_api_may_call_its_function_and_its_authorizer(template: Template) -> None:
    permissions = template.of_type("AWS::Lambda::Permission").values()
    allowed = {
        permission["FunctionName"]["Fn::GetAtt"][0]
        for permission in permissions
        if permission["Principal"] == "apigateway.amazonaws.com"
    }
    assert allowed == {"ApiLambdaFunction", "AuthorizerLambdaFunction"}


def test_its_functions_answer_before_the_gateway_gives_up(template: Template) -> None:
    assert template.properties("ApiLambdaFunction")["Timeout"] < 30
    assert template.properties("AuthorizerLambdaFunction")["Timeout"] < 10


def test_its_callers_are_throttled(template: Template) -> None:
    settings = template.properties("HttpApiStage")["DefaultRouteSettings"]
    assert 0 < settings["ThrottlingRateLimit"] <= settings["ThrottlingBurstLimit"]


def test_browsers_call_and_upload_from_the_pages_that_people_sign_in_to(template: Template) -> None:
    parties = template.properties("AuthorizerLambdaFunction")["Environment"]["Variables"]
    pages = {"Fn::Split": [",", parties["AUTHORIZED_PARTIES"]]}
    cors = template.properties("HttpApi")["CorsConfiguration"]
    assert cors["AllowOrigins"] == pages
    assert set(cors["AllowMethods"]) == {operation.method for operation in OPERATIONS}
    assert {"authorization", "content-type", "idempotency-key"} <= set(cors["AllowHeaders"])
    (rule,) = template.properties("AudioBucket")["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == pages
    assert rule["AllowedMethods"] == ["PUT"]
    assert rule["AllowedHeaders"] == ["content-type", "if-none-match"]
    assert rule["ExposedHeaders"] == ["ETag"]


def test_its_function_reads_and_writes_recordings_and_no_other_objects(template: Template) -> None:
    objects = {
        resource["Fn::Sub"]
        for statement in template.role_statements("ApiRole")
        for action in statement.actions
        for resource in statement.resources
        if action.startswith("s3:") and not action.startswith(("s3:List", "s3:Delete"))
    }
    assert objects == {"${AudioBucket.Arn}/*/*/audio.*"}


def test_one_limit_says_how_large_a_recording_may_be(template: Template) -> None:
    told = {
        template.properties(function)["Environment"]["Variables"]["MAX_AUDIO_BYTES"]
        for function in ("ApiLambdaFunction", "PrepareAudioLambdaFunction")
    }
    assert len(told) == 1
