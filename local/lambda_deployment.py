"""Lambda in CloudFormation: every property of a function, and layers that can be updated."""

from __future__ import annotations

import base64
from typing import Any, Final

from moto.awslambda.models import LambdaFunction, LayerVersion

from local.patching import replace

DEFAULTS: Final[dict[str, Any]] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
}
"""What a function has when its template does not say."""


def install() -> None:
    """Patch how moto makes functions and layers from a template."""
    _apply_function_properties()
    _publish_changed_layers()


def _apply_function_properties() -> None:
    """AWS applies all properties; moto drops layers and storage, and never takes a value back."""

    def create(
        _cls: type[LambdaFunction],
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: object,
    ) -> LambdaFunction:
        properties = cloudformation_json["Properties"]
        function: LambdaFunction = original_create(
            resource_name, cloudformation_json, account_id, region_name, **kwargs
        )
        _configure(function, properties)
        return function

    def update(
        _cls: type[LambdaFunction],
        original_resource: LambdaFunction,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> LambdaFunction:
        properties = cloudformation_json["Properties"]
        code = properties["Code"]
        if "ZipFile" in code:  # in a template it is the source text of one module
            package = LambdaFunction._create_zipfile_from_plaintext_code(code["ZipFile"])
            code["ZipFile"] = base64.b64encode(package)
        properties.setdefault("Environment", {}).setdefault("Variables", {})
        function: LambdaFunction = original_update(
            original_resource, new_resource_name, cloudformation_json, account_id, region_name
        )
        _configure(function, properties)
        return function

    original_create = replace(
        LambdaFunction, "create_from_cloudformation_json", classmethod(create)
    )
    original_update = replace(
        LambdaFunction, "update_from_cloudformation_json", classmethod(update)
    )


def _configure(function: LambdaFunction, properties: dict[str, Any]) -> None:
    function.update_configuration(
        {name: properties.get(name, default) for name, default in DEFAULTS.items()}
    )
    function.ephemeral_storage = properties.get("EphemeralStorage", {}).get("Size", 512)
    function.tracing_config = properties.get("TracingConfig", {"Mode": "PassThrough"})


def _publish_changed_layers() -> None:
    """AWS publishes a changed layer as a new version; moto cannot update one, nor give its ARN."""

    def update(
        cls: type[LayerVersion],
        original_resource: LayerVersion,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> LayerVersion:
        del new_resource_name
        return cls.create_from_cloudformation_json(
            original_resource.name, cloudformation_json, account_id, region_name
        )

    def create(
        _cls: type[LayerVersion],
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: object,
    ) -> LayerVersion:
        name = cloudformation_json["Properties"].get("LayerName", resource_name)
        layer: LayerVersion = original_create(
            name, cloudformation_json, account_id, region_name, **kwargs
        )
        return layer

    original_create = replace(LayerVersion, "create_from_cloudformation_json", classmethod(create))
    replace(LayerVersion, "update_from_cloudformation_json", classmethod(update))
    # What `Ref` gives; not there in moto.
    LayerVersion.physical_resource_id = property(lambda layer: layer.arn)  # type: ignore[attr-defined]  # made here
