"""CloudFormation: templates that AWS takes and moto refuses, skips or half applies."""

from __future__ import annotations

import json
import logging
import string
import threading
import types
from typing import TYPE_CHECKING, Any, ClassVar, Final

from moto.cloudformation import models, parsing
from moto.core.common_models import CloudFormationModel

from local.patching import replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from local.context import Context

REPLACED_WHEN_CHANGED: Final = ("AWS::ECS::TaskDefinition", "AWS::Lambda::LayerVersion")
"""Types of which every change makes a new revision with another ARN."""

logger = logging.getLogger(__name__)


def install(context: Context) -> None:
    """Patch moto's CloudFormation before its server starts."""
    _accept_unsupported_types(context.unsupported)
    _accept_substitutions_that_begin_with_a_digit()
    _accept_templates_with_lint_findings()
    _add_resources_after_what_they_depend_on()
    _update_users_of_a_new_revision()
    _keep_resources_that_cannot_be_updated()
    _refresh_outputs_after_a_change_set()
    _fail_the_stack_and_not_the_call()


def _accept_unsupported_types(report: Path) -> None:
    """AWS makes every resource type; what moto cannot make is accepted and listed in `report`."""
    stand_ins: dict[str, type[CloudFormationModel]] = {}
    one_at_a_time = threading.Lock()

    def resource_class_from_type(resource_type: str) -> type[CloudFormationModel] | None:
        supported: type[CloudFormationModel] | None = original(resource_type)
        if supported is not None or resource_type in parsing.NULL_MODELS:
            return supported
        with one_at_a_time:
            if resource_type not in stand_ins:
                logger.warning("%s is accepted and not made", resource_type)
                stand_ins[resource_type] = type(
                    "StandInOfOneType", (StandIn,), {"resource_type": resource_type}
                )
                report.write_text(json.dumps(sorted(stand_ins)))
            return stand_ins[resource_type]

    original = replace(parsing, "resource_class_from_type", resource_class_from_type)


class StandIn(CloudFormationModel):
    """A resource that only has a name, for types that moto does not make."""

    resource_type: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_name_type() -> str:
        """Name no property: the generated name is kept."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """Name no type: stand-ins are found by `resource_class_from_type`, not registered."""
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Claim every attribute, so that outputs may name it."""
        del attr
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return a value that says whose attribute it is."""
        return f"{self.physical_resource_id}.{attribute_name}"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, *_: object, **__: object
    ) -> StandIn:
        """Make the stand-in under its generated name."""
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: StandIn, *_: object, **__: object
    ) -> StandIn:
        """Keep it."""
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Forget it."""


def _accept_substitutions_that_begin_with_a_digit() -> None:
    """AWS takes any letters and digits as the name of an Fn::Sub variable; moto, Python names."""

    class Template(string.Template):
        idpattern = r"[a-zA-Z0-9_.:]+"

    replace(parsing, "string", types.SimpleNamespace(Template=Template))


def _accept_templates_with_lint_findings() -> None:
    """AWS refuses invalid templates only; moto refuses whatever cfn-lint remarks."""
    replace(models, "validate_template_cfn_lint", lambda _template: [])


def _add_resources_after_what_they_depend_on() -> None:
    """AWS honours DependsOn in every deployment; moto's change sets add in the order of writing."""

    def build_resource_diff(
        resources: parsing.ResourceMap,
        other_template: dict[str, Any],
        parameters: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        difference: dict[str, Any] = original(resources, other_template, parameters)
        difference["Add"] = _in_order(difference["Add"], other_template["Resources"])
        return difference

    original = replace(parsing.ResourceMap, "build_resource_diff", build_resource_diff)


def _in_order(names: Iterable[str], resources: dict[str, Any]) -> list[str]:
    wanted = set(names)
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in ordered or name not in wanted:
            return
        wanted.discard(name)
        depends_on = resources[name].get("DependsOn", [])
        for other in [depends_on] if isinstance(depends_on, str) else depends_on:
            visit(other)
        ordered[name] = None

    for name in names:
        visit(name)
    return list(ordered)


def _update_users_of_a_new_revision() -> None:
    """AWS gives a new revision's ARN to all that refer to it; moto compares the templates alone."""

    def build_resource_diff(
        resources: parsing.ResourceMap,
        other_template: dict[str, Any],
        parameters: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        difference: dict[str, Any] = original(resources, other_template, parameters)
        definitions = other_template["Resources"]
        modified = difference["Modify"]
        revised = {name for name in modified if definitions[name]["Type"] in REPLACED_WHEN_CHANGED}
        unchanged = set(definitions) - set(modified) - set(difference["Add"])
        # A revision comes before its users: moto updates in this order.
        modified.sort(key=lambda name: name not in revised)
        modified += [name for name in sorted(unchanged) if _refers_to(definitions[name], revised)]
        return difference

    original = replace(parsing.ResourceMap, "build_resource_diff", build_resource_diff)


def _refers_to(definition: Any, names: set[str]) -> bool:
    """Tell whether a part of a template names one of the resources."""
    if isinstance(definition, dict):
        return definition.get("Ref") in names or any(
            _refers_to(value, names) for key, value in definition.items() if key != "Ref"
        )
    if isinstance(definition, list):
        return any(_refers_to(value, names) for value in definition)
    # What GetAtt and Sub name stands in a list's first item or between braces.
    return str(definition) in names or any(f"${{{name}" in str(definition) for name in names)


def _keep_resources_that_cannot_be_updated() -> None:
    """AWS updates every type; moto forgets a changed resource whose type it cannot update."""

    def parse_and_update_resource(
        logical_id: str,
        resource_json: dict[str, Any],
        resources_map: parsing.ResourceMap,
        account_id: str,
        region_name: str,
    ) -> Any:
        current: Any = resources_map[logical_id]
        if current is None:  # its condition is false
            return None
        updated = original(logical_id, resource_json, resources_map, account_id, region_name)
        if updated is None:
            logger.warning("%s (%s) keeps its old form", logical_id, resource_json["Type"])
        return updated or current

    original = replace(parsing, "parse_and_update_resource", parse_and_update_resource)


def _refresh_outputs_after_a_change_set() -> None:
    """AWS shows the outputs and exports of the template just applied; moto, the stack's first."""

    def apply(change_set: models.ChangeSet) -> None:
        original(change_set)
        stack = change_set.stack
        stack.template = change_set.template
        stack._parse_template()
        stack.output_map = stack._create_output_map()
        backend = models.cloudformation_backends[stack.account_id][stack.region_name]
        backend.exports.update({export.name: export for export in stack.exports})

    original = replace(models.ChangeSet, "apply", apply)


def _fail_the_stack_and_not_the_call() -> None:
    """AWS shows a resource that cannot be made in the stack's events; moto breaks the API call."""

    def execute_change_set(
        backend: models.CloudFormationBackend, change_set_name: str, stack_name: str | None = None
    ) -> None:
        try:
            original(backend, change_set_name, stack_name)
        except Exception as error:
            # moto's own errors and its crashes alike mean that the stack could not be made.
            logger.exception("change set %s failed", change_set_name)
            change_set: Any = backend.describe_change_set(change_set_name)
            kind = change_set.change_set_type
            change_set.execution_status = "EXECUTE_FAILED"
            change_set.stack._add_stack_event(f"{kind}_FAILED", f"{type(error).__name__}: {error}")
            rolled_back = "ROLLBACK_COMPLETE" if kind == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
            change_set.stack._add_stack_event(rolled_back)
            change_set.stack.status = rolled_back

    original = replace(models.CloudFormationBackend, "execute_change_set", execute_change_set)
