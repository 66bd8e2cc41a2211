"""One local AWS for all contract tests, and small templates deployed to it as AWS's users do."""

from __future__ import annotations

import json
import time
import uuid
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

from local.aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROLE_ARN: Final = "arn:aws:iam::123456789012:role/any"
WAIT_SECONDS: Final = 30

Found = TypeVar("Found")


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The local AWS, its waits a hundred times shorter than AWS's."""
    with LocalAws(
        tmp_path_factory.mktemp("aws"),
        time_factor=0.01,
        container_path=tmp_path_factory.mktemp("programs"),
    ) as running:
        running.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        yield running


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"t-{uuid.uuid4().hex[:10]}"


def stacks(aws: LocalAws) -> set[str]:
    """The names of all stacks, of which AWS lists some dozens at a time."""
    pages = aws.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {found["StackName"] for page in pages for found in page["Stacks"]}


def deploy(
    aws: LocalAws,
    stack: str,
    resources: dict[str, Any],
    outputs: dict[str, Any] | None = None,
    *,
    other_sections: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, str]:
    """Create or update a stack through a change set, and return its outputs."""
    cloudformation = aws.client("cloudformation")
    kind = "UPDATE" if stack in stacks(aws) else "CREATE"
    template = {
        **other_sections,
        "Resources": resources,
        "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
    }
    change_set = f"c-{uuid.uuid4().hex}"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=change_set,
        ChangeSetType=kind,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=change_set)
    (deployed,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    assert deployed["StackStatus"] == f"{kind}_COMPLETE"
    return {output["OutputKey"]: output["OutputValue"] for output in deployed.get("Outputs", [])}


def function_resource(name: str, source: str, **properties: object) -> dict[str, Any]:
    """A function whose module `index` has the source given and whose handler is `handler`."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": ROLE_ARN,
            "Timeout": 10,
            "Code": {"ZipFile": source},
            **properties,
        },
    }


def invoke(aws: LocalAws, function: str, event: object = None) -> Any:  # noqa: ANN401 - any JSON
    """Run a function and return its result or, if it failed, the description of the error."""
    response = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    return json.loads(response["Payload"].read())


def queue_url(aws: LocalAws, queue: str) -> str:
    """Return a queue's URL."""
    url: str = aws.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    return url


def bodies(aws: LocalAws, queue: str) -> list[Any]:
    """Take what is in a queue now and return the messages' bodies, parsed."""
    sqs, url = aws.client("sqs"), queue_url(aws, queue)
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def eventually(look: Callable[[], Found]) -> Found:
    """Look until something is found, and return it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing was found in {WAIT_SECONDS} s")
