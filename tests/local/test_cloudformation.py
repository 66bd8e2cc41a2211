"""CloudFormation: templates that AWS takes are taken, and one that it refuses says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from tests.local.conftest import deploy, queue_url

if TYPE_CHECKING:
    from local.aws import LocalAws


def queue(name: str, **properties: object) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def test_a_type_that_is_not_made_is_accepted_and_listed(aws: LocalAws, name: str) -> None:
    firewall = {"Type": "AWS::WAFv2::WebACL", "Properties": {}}
    outputs = deploy(aws, name, {"Wall": firewall}, {"Id": {"Fn::GetAtt": ["Wall", "Id"]}})
    assert outputs["Id"].endswith(".Id")
    assert "AWS::WAFv2::WebACL" in aws.unsupported()


def test_a_substitution_may_begin_with_a_digit(aws: LocalAws, name: str) -> None:
    value = {"Fn::Sub": ["<${0ab}>", {"0ab": {"Fn::GetAtt": ["Queue", "QueueName"]}}]}
    assert deploy(aws, name, {"Queue": queue(name)}, {"Value": value}) == {"Value": f"<{name}>"}


def test_outputs_follow_the_template_just_deployed(aws: LocalAws, name: str) -> None:
    resources = {"Queue": queue(name)}
    assert deploy(aws, name, resources, {"First": "1"}) == {"First": "1"}
    assert deploy(aws, name, resources, {"Second": "2"}) == {"Second": "2"}


def test_a_queues_policy_survives_a_change_of_the_queue(aws: LocalAws, name: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}
    policy = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Queue"}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }
    for seconds in (30, 60):
        changed = queue(name, VisibilityTimeout=seconds, MessageRetentionPeriod=seconds * 60)
        deploy(aws, name, {"Queue": changed, "Policy": policy})
    attributes = aws.client("sqs").get_queue_attributes(
        QueueUrl=queue_url(aws, name), AttributeNames=["All"]
    )["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    assert attributes["MessageRetentionPeriod"] == "3600"
    assert json.loads(attributes["Policy"])["Statement"] == [statement]


def test_a_table_gets_its_time_to_live(aws: LocalAws, name: str) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "gone_at", "Enabled": True},
        },
    }
    deploy(aws, name, {"Table": table})
    described = aws.client("dynamodb").describe_time_to_live(TableName=name)
    assert described["TimeToLiveDescription"] == {
        "AttributeName": "gone_at",
        "TimeToLiveStatus": "ENABLED",
    }


def test_a_resource_that_cannot_be_made_is_named_in_the_stacks_events(
    aws: LocalAws, name: str
) -> None:
    cloudformation = aws.client("cloudformation")
    bad = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"EventSourceArn": "arn:aws:sqs:us-east-1:1:no", "FunctionName": "no"},
    }
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": {"Bad": bad}}),
    )
    cloudformation.execute_change_set(StackName=name, ChangeSetName="first")
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any("Function not found" in reason for reason in reasons)
