"""Each role may do what its code calls and nothing else: read from the code, not from memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.template.granted import ALSO, FROM_A_QUEUE, LOGS, actions_called, actions_for
from tests.template.template import statements, states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.template import Template

WILDCARDS: Final[Mapping[str, str]] = {
    r"\*": "AWS offers no narrower resource (test_roles.py lists the actions)",
    r"\$\{(Audio|Work|Transcripts)Bucket\.Arn\}/\*/.+": "objects of all users, by the forms of "
    "scribe/keys.py; a warm function serves them all",
    r"\$\{AudioBucket\.Arn\}/\*": "recordings of the inbox may have any key",
    r".+:secret:.+-\?{6}": "Secrets Manager ends each ARN with six characters of its own",
    r".+:execution:\$\{TranscriptionStateMachine\.Name\}:\*": "executions of the one state machine",
    r".+:(task|container-instance)/\$\{WorkersCluster\}/\*": "tasks and instances of the one "
    "cluster, whose ids ECS chooses",
    r".+:task-definition/transcription-(dev|prod)-worker:\*": "a redrive keeps its revision",
    r".+:identity/\*": "in SES's sandbox the recipient's identity is asked for too; the policy's "
    "condition allows one sender",
}
"""The wildcards in the policies' resources, each as a pattern with its reason."""


def _granted(template: Template, role: str) -> set[str]:
    return {action for each in template.role_statements(role) for action in each.actions}


def _fed_by_a_queue(template: Template, function: str) -> bool:
    mappings = template.of_type("AWS::Lambda::EventSourceMapping").values()
    return any(mapping["FunctionName"]["Fn::GetAtt"][0] == function for mapping in mappings)


def test_each_functions_role_lists_what_its_code_calls_and_nothing_else(prod: Template) -> None:
    for name, properties in prod.of_type("AWS::Lambda::Function").items():
        role = properties["Role"]["Fn::GetAtt"][0]
        path, _, handler = properties["Handler"].rpartition(".")
        needed = actions_called(path.replace("/", "."), handler) | {*LOGS, *ALSO.get(role, ())}
        if _fed_by_a_queue(prod, name):
            needed |= {*FROM_A_QUEUE}
        assert _granted(prod, role) == needed, role


def test_the_workers_role_lists_what_its_code_calls_and_nothing_else(prod: Template) -> None:
    needed = actions_called("worker.__main__", "main") | {*ALSO["WorkerTaskRole"]}
    assert _granted(prod, "WorkerTaskRole") == needed


def test_the_workflows_role_lists_what_its_states_call_and_nothing_else(prod: Template) -> None:
    called = set()
    for _, state in states(prod.state_machine()):
        if integration := re.search(r":::(?:aws-sdk:)?(\w+):(\w+)", state.get("Resource", "")):
            service, name = integration.groups()
            called.add(f"{service}:{name[0].upper()}{name[1:]}")
    # IAM has another word for this one.
    called = called - {"lambda:Invoke"} | {"lambda:InvokeFunction"}
    assert _granted(prod, "TranscriptionRole") == actions_for(called) | {*ALSO["TranscriptionRole"]}


def test_no_explanation_outlives_what_it_explains(prod: Template) -> None:
    for role, reasons in ALSO.items():
        assert reasons.keys() <= _granted(prod, role), role


def test_every_wildcard_in_a_resource_is_explained(template: Template) -> None:
    met = set()
    for statement in template.role_statements():
        for resource in map(_text, statement.resources):
            if "*" in resource or "?" in resource:
                pattern = next((p for p in WILDCARDS if re.fullmatch(p, resource)), None)
                assert pattern is not None, f"{statement.owner}: {resource}"
                met.add(pattern)
    assert met == WILDCARDS.keys(), "an explanation outlived its wildcard"


def test_mails_go_out_from_one_sender_only(prod: Template) -> None:
    (statement,) = (s for s in prod.role_statements("NotifyRole") if "ses:SendEmail" in s.actions)
    (condition,) = statement.document["Condition"].values()
    sender = _environment(prod, "NotifyLambdaFunction")["SENDER_ADDRESS"]
    assert condition == {"ses:FromAddress": sender}


@pytest.mark.parametrize(
    ("endpoint", "service"), [("StorageEndpoint", "s3:"), ("RowsEndpoint", "dynamodb:")]
)
def test_the_workers_way_out_leads_to_what_their_role_names_and_the_images_layers(
    prod: Template, endpoint: str, service: str
) -> None:
    policy = prod.properties(endpoint)["PolicyDocument"]
    ways = {
        action: {*map(_owner, each.resources)} - {"layers of images"}
        for each in reversed([*statements(endpoint, policy)])
        for action in each.actions
    }
    granted = {
        action: {*map(_owner, each.resources)}
        for each in prod.role_statements("WorkerTaskRole")
        for action in each.actions
        if action.startswith(service)
    }
    assert ways == granted


@pytest.mark.parametrize("role", ["ApiRole", "NotifyRole", "AuthorizerRole"])
def test_a_function_reads_the_one_secret_that_its_environment_names(
    prod: Template, role: str
) -> None:
    (secret,) = (
        _text(resource)
        for statement in prod.role_statements(role)
        if "secretsmanager:GetSecretValue" in statement.actions
        for resource in statement.resources
    )
    environment = _environment(prod, role.replace("Role", "LambdaFunction"))
    named = environment.get("ORIGIN_SECRET") or environment["EDGE_SIGNING_KEY"]
    assert secret.endswith(f":secret:{named}-??????")


def _environment(template: Template, function: str) -> dict[str, Any]:
    variables: dict[str, Any] = template.properties(function)["Environment"]["Variables"]
    return variables


def _owner(resource: Any) -> str:  # noqa: ANN401  # as `_text`
    """The bucket or table of this stack that a resource lies in."""
    if "starport-layer-bucket" in _text(resource):
        return "layers of images"
    named = re.search(r"(\w+)(?:\.Arn|', 'Arn')", _text(resource))
    assert named, resource
    return named[1]


def _text(resource: Any) -> str:  # noqa: ANN401  # a string, or a function of CloudFormation
    return (
        str(resource["Fn::Sub"])
        if isinstance(resource, dict) and "Fn::Sub" in resource
        else str(resource)
    )
