"""Tasks that call other services: what goes out, what comes back, and how errors are named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import deploy, function_resource
from tests.local.machines import END, create, failure, output

if TYPE_CHECKING:
    from local.aws import LocalAws

SOURCE = """
class TooLong(Exception):
    pass

def handler(event, context):
    if event.get("fail"):
        raise TooLong("it is too long")
    return {"got": event}
"""


def task(resource: str, arguments: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Arguments": arguments,
        **fields,
        **END,
    }


@pytest.fixture
def function(aws: LocalAws, name: str) -> str:
    deploy(aws, name, {"Function": function_resource(name, SOURCE)})
    return name


def test_a_function_gets_its_payload_and_gives_its_result(
    aws: LocalAws, name: str, function: str
) -> None:
    payload = {"n": "{% $states.input.n + 1 %}"}
    state = task(
        "lambda:invoke",
        {"FunctionName": function, "Payload": payload},
        Output="{% $states.result.Payload %}",
    )
    assert output(aws, name, {"Call": state}, {"n": 1}) == {"got": {"n": 2}}


def test_an_error_of_a_function_is_called_by_its_class(
    aws: LocalAws, name: str, function: str
) -> None:
    state = task("lambda:invoke", {"FunctionName": function, "Payload": {"fail": True}})
    error, cause = failure(aws, name, {"Call": state})
    assert error == "TooLong"
    assert json.loads(cause or "")["errorMessage"] == "it is too long"


def test_an_error_of_lambda_itself_has_the_name_of_the_service(aws: LocalAws, name: str) -> None:
    state = task("lambda:invoke", {"FunctionName": name, "Payload": {}})
    error, _ = failure(aws, name, {"Call": state})
    assert error == "Lambda.ResourceNotFoundException"


def test_a_conditional_update_of_an_item_succeeds_or_fails_by_name(
    aws: LocalAws, name: str
) -> None:
    table = aws.client("dynamodb")
    table.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    update = {
        "TableName": name,
        "Key": {"id": {"S": "{% $states.input.id %}"}},
        "UpdateExpression": "SET done = :yes",
        "ConditionExpression": "attribute_exists(id)",
        "ExpressionAttributeValues": {":yes": {"BOOL": True}},
    }
    state = task("dynamodb:updateItem", update, Output="updated")
    assert output(aws, name, {"Update": state}, {"id": "a"}) == "updated"
    assert table.get_item(TableName=name, Key={"id": {"S": "a"}})["Item"]["done"] == {"BOOL": True}
    error, _ = failure(aws, f"{name}-2", {"Update": state}, {"id": "b"})
    assert error == "DynamoDB.ConditionalCheckFailedException"


def test_the_body_of_an_object_arrives_as_text(aws: LocalAws, name: str) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a.json", Body='{"a": "ñ"}')
    state = task(
        "aws-sdk:s3:getObject",
        {"Bucket": name, "Key": "a.json"},
        Output="{% $parse($states.result.Body) %}",
    )
    assert output(aws, name, {"Get": state}) == {"a": "ñ"}
    missing = task("aws-sdk:s3:getObject", {"Bucket": name, "Key": "b.json"})
    error, _ = failure(aws, f"{name}-2", {"Get": missing})
    assert error == "S3.NoSuchKeyException"


def test_a_machine_starts_another_one_and_waits_for_it(aws: LocalAws, name: str) -> None:
    inner = {"Only": {"Type": "Pass", "Output": {"n": "{% $states.input.n * 2 %}"}, **END}}
    machine = create(aws, f"{name}-inner", "Only", inner)
    state = task(
        "states:startExecution.sync:2",
        {"StateMachineArn": machine, "Input": {"n": 4}},
        Output="{% $states.result.Output %}",
    )
    assert output(aws, name, {"Start": state}) == {"n": 8}
