"""The deployer's policy reaches every service of the stack, and all that doctor asks."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from commands import stage_parameters
from commands.doctor.examination import CHECKS
from commands.resource_files import resources

ROOT = Path(__file__).resolve().parents[2]
POLICY = json.loads((ROOT / "docs" / "deployer-policy.json").read_text("utf-8"))
CALLED_OTHERWISE = {
    "applicationautoscaling": "application-autoscaling",
    "apigatewayv2": "apigateway",
    "stepfunctions": "states",
}
"""Services whose actions do not begin with the name that their resources have in templates."""

MADE_BY_THE_FRAMEWORK = {"apigateway", "lambda", "states"}


def actions() -> set[str]:
    listed = [statement["Action"] for statement in POLICY["Statement"]]
    return {action for one in listed for action in ([one] if isinstance(one, str) else one)}


def allowed(action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in actions())


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_every_service_of_the_stack_is_reached(stage: str) -> None:
    found = resources(stage_parameters.resolve(stage, {}))
    named = {resource["Type"].split("::")[1].lower() for _, resource in found}
    services = {CALLED_OTHERWISE.get(name, name) for name in named} | MADE_BY_THE_FRAMEWORK
    reached = {action.partition(":")[0] for action in actions()}
    assert services - reached == set()


def test_doctor_may_look_at_everything() -> None:
    needed = {permission for check in CHECKS for permission in check.permissions}
    assert {permission for permission in needed if not allowed(permission)} == set()


def test_a_role_is_handed_to_named_services_alone() -> None:
    passing = [s for s in POLICY["Statement"] if "iam:PassRole" in s["Action"]]
    assert all("iam:PassedToService" in s["Condition"]["StringEquals"] for s in passing)
    assert all("transcription-" in s["Resource"] for s in passing)


def test_nothing_is_allowed_of_every_service() -> None:
    assert "*" not in actions()
    assert "iam:*" not in actions()
