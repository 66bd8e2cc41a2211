"""Task definitions that come through CloudFormation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.utils import pascal_to_camelcase, remap_nested_keys
from moto.ecs.models import TaskDefinition

from local.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context


def install(context: Context) -> None:
    """Read definitions the same way when a stack is updated as when it is created."""
    del context
    # AWS compares what a container definition means; on an update moto keeps CloudFormation's
    # spelling (`Command`), finds every definition changed and cannot read its own result.
    wrap(TaskDefinition, "update_from_cloudformation_json", _update)


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
