"""Task definitions that come through CloudFormation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from moto.cloudformation.parsing import ResourceMap, get_references_from_template
from moto.core.utils import pascal_to_camelcase, remap_nested_keys
from moto.ecs.models import TaskDefinition

from local.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

_TYPE: Final = TaskDefinition.cloudformation_type()


def install(context: Context) -> None:
    """Read definitions the same way when a stack is updated as when it is created."""
    del context
    # AWS compares what a container definition means; on an update moto keeps CloudFormation's
    # spelling (`Command`), finds every definition changed and cannot read its own result.
    wrap(TaskDefinition, "update_from_cloudformation_json", _update)
    # AWS updates what refers to a changed definition, since its ARN has a new revision;
    # moto compares the templates alone and leaves services at the old one.
    wrap(ResourceMap, "build_resource_diff", _build_resource_diff)


def _update(
    original: Callable[..., TaskDefinition],
    original_resource: TaskDefinition,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> TaskDefinition:
    properties = cloudformation_json["Properties"]
    spelled = {
        name: remap_nested_keys(properties.get(name, []), pascal_to_camelcase)
        for name in ("ContainerDefinitions", "Volumes")
    }
    if _same(original_resource, properties, spelled):
        return original_resource
    return original(
        original_resource,
        new_resource_name,
        {**cloudformation_json, "Properties": {**properties, **spelled}},
        account_id,
        region_name,
    )


def _build_resource_diff(
    original: Callable[..., dict[str, Any]],
    self: ResourceMap,
    other_template: dict[str, Any],
    parameters: dict[str, Any] | None = None,
) -> dict[str, Any]:
    difference = original(self, other_template, parameters)
    resources, modified = other_template["Resources"], difference["Modify"]
    changed = {name for name in modified if resources[name]["Type"] == _TYPE}
    modified.sort(key=lambda name: name not in changed)  # moto updates in this order
    modified += [
        name
        for name in resources
        if name not in {*modified, *difference["Add"]}
        and changed.intersection(get_references_from_template(resources[name]))
    ]
    return difference


def _same(
    resource: TaskDefinition, properties: dict[str, Any], spelled: dict[str, list[Any]]
) -> bool:
    known = resource.container_definitions
    wanted = spelled["ContainerDefinitions"]
    return (
        properties.get("Family", resource.family) == resource.family
        and len(known) == len(wanted)
        # moto has added its defaults to what it knows
        and all(was | now == was for was, now in zip(known, wanted, strict=True))
        and spelled["Volumes"] == resource.volumes
    )
