"""A compiled CloudFormation template, with the questions that the tests ask of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, with its lists made lists."""

    owner: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[Any, ...]
    document: dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A template as CloudFormation reads it."""

    document: dict[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        resources: dict[str, dict[str, Any]] = self.document["Resources"]
        return resources

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        return {k: v["Properties"] for k, v in self.resources.items() if v["Type"] == resource_type}

    def properties(self, logical_id: str) -> dict[str, Any]:
        properties: dict[str, Any] = self.resources[logical_id]["Properties"]
        return properties

    def role_statements(self, role: str | None = None) -> Iterator[Statement]:
        for name, properties in self.of_type("AWS::IAM::Role").items():
            if role in (None, name):
                for policy in properties.get("Policies", ()):
                    yield from statements(name, policy["PolicyDocument"])

    def state_machine(self) -> dict[str, Any]:
        definition = self.properties("TranscriptionStateMachine")["DefinitionString"]
        machine: dict[str, Any] = json.loads(definition["Fn::Sub"][0])
        return machine


def statements(owner: str, document: dict[str, Any]) -> Iterator[Statement]:
    for statement in document["Statement"]:
        yield Statement(
            owner=owner,
            effect=statement["Effect"],
            actions=tuple(_list(statement["Action"])),
            resources=tuple(_list(statement.get("Resource", []))),
            document=statement,
        )


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state by name, those inside of Maps too."""
    for name, state in machine["States"].items():
        yield name, state
        if processor := state.get("ItemProcessor"):
            yield from states(processor)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
