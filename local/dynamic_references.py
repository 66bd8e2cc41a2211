"""Dynamic references in templates: values that CloudFormation reads where they are kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from moto.cloudformation import parsing
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends

from local.context import ACCOUNT_ID, REGION
from local.patching import replace

if TYPE_CHECKING:
    from local.context import Context

REFERENCE: Final = re.compile(r"\{\{resolve:(?P<service>[a-z-]+):(?P<rest>[^{}$]+)\}\}")
"""Without what Fn::Sub has yet to put into it."""
SECRET: Final = re.compile(
    # An ARN holds colons too.
    r"(?P<id>arn(?::[^:]*){6}|[^:]+)"
    r"(?::SecretString(?::(?P<key>[^:]*)(?::(?P<stage>[^:]*)(?::(?P<version>[^:]*))?)?)?)?"
)


def install(context: Context) -> None:
    """Patch moto's CloudFormation before its server starts."""
    del context
    _resolve_references()
    _update_users_of_stored_parameters()


def _resolve_references() -> None:
    """AWS puts the value in the reference's place; moto leaves the reference."""

    def clean_json(resource_json: Any, resources_map: Any) -> Any:
        cleaned = original(resource_json, resources_map)
        return resolved(cleaned) if isinstance(cleaned, str) else cleaned

    original = replace(parsing, "clean_json", clean_json)


def _update_users_of_stored_parameters() -> None:
    """AWS updates what uses a stored parameter that has changed; moto compares templates alone."""

    def build_resource_diff(
        resources: parsing.ResourceMap,
        other_template: dict[str, Any],
        parameters: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        difference: dict[str, Any] = original(resources, other_template, parameters)
        stored = [
            name
            for name, parameter in other_template.get("Parameters", {}).items()
            if parameter["Type"].startswith("AWS::SSM::Parameter::")
        ]
        already = {*difference["Add"], *difference["Modify"]}
        for name, resource in other_template["Resources"].items():
            text = json.dumps(resource)
            if name not in already and any(
                f'{{"Ref": "{parameter}"}}' in text or f"${{{parameter}}}" in text
                for parameter in stored
            ):
                difference["Modify"].append(name)
        return difference

    original = replace(parsing.ResourceMap, "build_resource_diff", build_resource_diff)


def resolved(text: str) -> str:
    """Return a text with its references replaced by what they name.

    Raises:
        ValueError: a reference is of a kind that is not read here.
        KeyError: a secret has no such key.
    """
    return REFERENCE.sub(_value, text)


def _value(reference: re.Match[str]) -> str:
    service, rest = reference["service"], reference["rest"]
    if service == "ssm":
        parameter = ssm_backends[ACCOUNT_ID][REGION].get_parameter(rest)
        if parameter is None:
            raise ValueError(f"there is no parameter {rest}")
        return str(parameter.value)
    secret = SECRET.fullmatch(rest)
    if service != "secretsmanager" or secret is None:
        raise ValueError(f"the reference {reference[0]} is not read here")
    backend: Any = secretsmanager_backends[ACCOUNT_ID][REGION]
    text = backend.get_secret_value(
        secret_id=secret["id"],
        version_id=secret["version"] or None,
        version_stage=secret["stage"] or None,
    )["SecretString"]
    return str(json.loads(text)[secret["key"]]) if secret["key"] else str(text)
