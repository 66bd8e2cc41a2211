"""The policies of docs/policies allow what a deployment and an operator need, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from commands.doctor.examination import CHECKS
from tests.template.deployer import UNUSED, handler_actions, matches, needed_to_deploy, placed
from tests.template.granted import ROOT, actions_called
from tests.template.template import Statement, Template, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

POLICIES: Final = sorted((ROOT / "docs" / "policies").glob("*.json"))
DEPLOYER: Final = [path for path in POLICIES if path.name.startswith("deployer-")]
OPERATOR: Final = [path for path in POLICIES if path.name == "operator.json"]

LARGEST: Final = 6144
"""Of a managed policy, in characters that are no white space."""

WITHOUT_NAMES: Final[Mapping[str, str]] = {
    "Api": "API Gateway knows APIs by ids",
    "DoctorLooksAtEcs": "AWS's own role",
    "Edge": "CloudFront knows all by ids",
    "EdgeKeys": "as above, and keys are made outside the stack",
    "FleetSize": "scalable targets have ids",
    "InstanceImage": "AWS's own parameters",
    "Look": "lists cannot be narrowed",
    "LookAtAlarms": "as above",
    "LookAtLogs": "as above",
    "LookAtTheAccount": "about the account, or as above",
    "Network": "EC2 knows all by ids",
    "OldTaskDefinitions": "AWS offers no narrower resource",
    "OperatorsKey": "KMS knows keys by ids",
    "OperatorsSubscriptions": "AWS offers no narrower resource",
    "QueuesOfFunctions": "mappings have ids; the condition names their functions",
    "RolesOfServices": "AWS's own roles; the condition names their services",
    "SignInToRegistry": "AWS offers no narrower resource",
    "TagsOfMappings": "mappings have ids",
    "Templates": "EC2 knows all by ids",
    "TryTemplates": "what a launch template names may be anything",
}
"""Statements about more than what bears the stage's name, by their Sid, with the reason."""

NAMING: Final[Mapping[str, str]] = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""Types whose names this project chooses, with the property that holds them."""

BY_OTHER_MEANS: Final[Mapping[str, str]] = {
    "ecr:BatchCheckLayerAvailability": "a push asks which layers are there",
    "ecr:CompleteLayerUpload": "a push",
    "ecr:InitiateLayerUpload": "a push",
    "ecr:PutImage": "a push",
    "ecr:UploadLayerPart": "a push",
}
"""What an operator needs although no code of ours calls it."""


def _statements(*paths: Path) -> Iterator[Statement]:
    for path in paths:
        yield from statements(path.name, json.loads(path.read_text("utf-8")))


def _allowed(paths: list[Path]) -> set[str]:
    return {action for each in _statements(*paths) for action in each.actions}


@pytest.fixture(scope="module")
def needed(templates: dict[str, Path]) -> set[str]:
    texts = [path.read_text("utf-8") for path in templates.values()]
    return {
        action for text in texts for action in needed_to_deploy(Template(json.loads(text)), text)
    }


def test_a_deployer_may_do_all_that_types_framework_and_commands_ask_for(needed: set[str]) -> None:
    allowed = _allowed(DEPLOYER)
    assert sorted(action for action in needed if not matches(action, allowed)) == []


def test_a_deployer_may_do_nothing_else(needed: set[str]) -> None:
    superfluous = {
        allowed
        for allowed in _allowed(DEPLOYER)
        if not any(fnmatchcase(action, allowed) for action in needed)
    }
    assert superfluous == set()


def test_an_operator_may_do_what_image_keys_and_replay_call_and_nothing_else() -> None:
    commands = ("commands.image.__main__", "commands.edge_keys", "commands.replay.__main__")
    called = {action for command in commands for action in actions_called(command, "main")}
    assert _allowed(OPERATOR) == called | BY_OTHER_MEANS.keys()


def test_doctor_names_what_it_needs() -> None:
    named = {permission for check in CHECKS for permission in check.permissions}
    assert actions_called("commands.doctor.__main__", "main") == named | {"sts:GetCallerIdentity"}


def test_no_explanation_outlives_what_handlers_ask_for(dev: Template, prod: Template) -> None:
    asked = handler_actions(dev) | handler_actions(prod)
    outlived = {p for p in UNUSED if not any(fnmatchcase(action, p) for action in asked)}
    assert outlived == set()


def test_only_reading_is_allowed_by_patterns() -> None:
    patterns = {action for action in _allowed(POLICIES) if "*" in action}
    assert all(re.search(r":(Get|Describe)", pattern) for pattern in patterns)
    contents = ("dynamodb:GetItem", "lambda:GetLayerVersion", "s3:GetObject", "sqs:ReceiveMessage")
    assert not any(matches(action, patterns) for action in contents)


def test_what_a_statement_is_about_bears_the_stages_name_or_is_explained() -> None:
    wide = {
        statement.document["Sid"]
        for statement in _statements(*POLICIES)
        for resource in statement.resources
        if not re.search("transcription[-/](STAGE|worker)", resource)
    }
    assert wide == WITHOUT_NAMES.keys()


@pytest.mark.parametrize(("resource_type", "key"), NAMING.items())
def test_what_the_stack_names_bears_the_stages_name(
    dev: Template, resource_type: str, key: str
) -> None:
    """Else no statement reaches it; other names CloudFormation makes of the stack's own."""
    for properties in dev.of_type(resource_type).values():
        assert "transcription-dev" in properties[key]


def test_what_has_no_name_is_changed_through_a_stack_only() -> None:
    for statement in _statements(*DEPLOYER):
        conditions = statement.document.get("Condition", {})
        changes = any(
            not re.search(r":(Get|Describe|List|BatchGet|Validate)", action)
            for action in statement.actions
        )
        if statement.document["Sid"] in WITHOUT_NAMES and changes and not _named(conditions):
            assert conditions.get("ForAnyValue:StringEquals") == {
                "aws:CalledVia": "cloudformation.amazonaws.com"
            }, statement


def _named(conditions: dict[str, Any]) -> bool:
    """Whether conditions name the stage's functions, or AWS's services."""
    text = json.dumps(conditions)
    return "transcription-STAGE" in text or "iam:AWSServiceName" in text


def test_roles_are_handed_to_the_services_that_the_stacks_roles_trust(prod: Template) -> None:
    (passing,) = (s for s in _statements(*POLICIES) if "iam:PassRole" in s.actions)
    trusted = {
        statement["Principal"]["Service"]
        for role in prod.of_type("AWS::IAM::Role").values()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }
    assert {*passing.document["Condition"]["StringEquals"]["iam:PassedToService"]} == trusted
    assert passing.resources == ("arn:aws:iam::ACCOUNT:role/transcription-STAGE-*",)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_policy_fits_into_one_managed_policy(path: Path) -> None:
    assert len(re.sub(r"\s", "", placed(path.read_text("utf-8")))) <= LARGEST


def test_actions_exist_and_their_resources_are_what_they_act_on(tmp_path: Path) -> None:
    managed = {
        re.sub(r"\W", "", path.stem.title()): {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": json.loads(placed(path.read_text("utf-8")))},
        }
        for path in POLICIES
    }
    template = tmp_path / "policies.json"
    template.write_text(json.dumps({"Resources": managed}))
    lint: list[str | Path] = [Path(sys.executable).with_name("cfn-lint")]
    lint += ["--include-checks", "I3510", "--", template]
    result = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
