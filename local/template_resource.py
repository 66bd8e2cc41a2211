"""What resources that moto does not make have in common, when a template names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


class TemplateResource:
    """A resource that is made and changed by one call; stands before `CloudFormationModel`.

    moto finds its resource classes among the direct subclasses of `CloudFormationModel`, so
    that this cannot be one itself.
    """

    resource_type: ClassVar[str] = ""
    name_property: ClassVar[str] = ""
    """The property that holds the resource's name; none if AWS generates it."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make or change what the properties say.

        Returns:
            What `Ref` gives.
        """
        raise NotImplementedError

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Name the property that holds the name."""
        return cls.name_property

    @classmethod
    def cloudformation_type(cls) -> str:
        """Name the resource type."""
        return cls.resource_type

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: object,
    ) -> Self:
        """Make it."""
        properties = cloudformation_json.get("Properties", {})
        return cls(cls.apply(resource_name, properties, account_id, region_name))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Make it again, under its old name."""
        del new_resource_name
        return cls.create_from_cloudformation_json(
            original_resource.physical_resource_id, cloudformation_json, account_id, region_name
        )

    def delete(self, account_id: str, region_name: str) -> None:
        """Leave it: what it was set on goes with the same stack."""


class IdentifiedResource(TemplateResource):
    """A resource with an id that AWS generates: what `Ref` gives, and one attribute."""

    id_attribute: ClassVar[str] = "Id"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Know the id."""
        return attr == cls.id_attribute

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the id."""
        del attribute_name
        return self.physical_resource_id
