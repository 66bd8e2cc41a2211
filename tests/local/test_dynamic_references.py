"""CloudFormation: values that a template names, and CloudFormation reads where they are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import stacks

if TYPE_CHECKING:
    from local.aws import LocalAws


def deploy(aws: LocalAws, name: str, value: object) -> str:
    """Deploy a parameter with this value, and return what it then holds."""
    made = f"/{name}/made"
    resource = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": made, "Type": "String", "Value": value},
    }
    template: dict[str, Any] = {
        "Parameters": {
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/{name}/stored"}
        },
        "Resources": {"Made": resource},
    }
    cloudformation = aws.client("cloudformation")
    act = cloudformation.update_stack if name in stacks(aws) else cloudformation.create_stack
    act(StackName=name, TemplateBody=json.dumps(template))
    held: str = aws.client("ssm").get_parameter(Name=made)["Parameter"]["Value"]
    return held


@pytest.fixture
def secret(aws: LocalAws, name: str) -> str:
    """A secret's first version."""
    aws.client("ssm").put_parameter(Name=f"/{name}/stored", Value="stored", Type="String")
    made = aws.client("secretsmanager").create_secret(
        Name=f"{name}/secret", SecretString='{"key": "first"}'
    )
    version: str = made["VersionId"]
    return version


def test_a_key_of_a_secret_is_read(aws: LocalAws, name: str, secret: str) -> None:
    del secret
    reference = f"a {{{{resolve:secretsmanager:{name}/secret:SecretString:key}}}} b"
    assert deploy(aws, name, reference) == "a first b"


def test_a_stored_parameter_is_read_anew_by_every_update(
    aws: LocalAws, name: str, secret: str
) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name=f"/{name}/stored", Value=secret, Type="String", Overwrite=True)
    # A secret alone is no change to CloudFormation; the version that a parameter names is one.
    reference = {
        "Fn::Sub": f"{{{{resolve:secretsmanager:{name}/secret:SecretString:key::${{Stored}}}}}}"
    }
    assert deploy(aws, name, reference) == "first"
    version = aws.client("secretsmanager").put_secret_value(
        SecretId=f"{name}/secret", SecretString='{"key": "second"}'
    )["VersionId"]
    ssm.put_parameter(Name=f"/{name}/stored", Value=version, Type="String", Overwrite=True)
    assert deploy(aws, name, reference) == "second"
