"""What CloudFormation would choose where a template leaves a choice to conditions and mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_VALUE = {"Ref": "AWS::NoValue"}


def holds(document: Mapping[str, Any], condition: str) -> bool:
    """Whether a condition of stage parameters alone is true."""
    return _true(document, document["Conditions"][condition])


def exists(document: Mapping[str, Any], logical_id: str) -> bool:
    """Whether a resource is made at all."""
    condition = document["Resources"][logical_id].get("Condition")
    return condition is None or holds(document, condition)


def chosen(document: Mapping[str, Any], value: Any) -> Any:  # noqa: ANN401 - any part of one
    """The value with every Fn::If and Fn::FindInMap replaced by what they come to."""
    if isinstance(value, list):
        return [chosen(document, item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        return chosen(document, then if holds(document, condition) else otherwise)
    if "Fn::FindInMap" in value:
        name, first, second = value["Fn::FindInMap"]
        return document["Mappings"][name][first][second]
    found = {name: chosen(document, item) for name, item in value.items()}
    return {name: item for name, item in found.items() if item != _NO_VALUE}


def _true(document: Mapping[str, Any], test: Mapping[str, Any]) -> bool:
    ((function, operands),) = test.items()
    if function == "Condition":
        return holds(document, operands)
    if function == "Fn::And":
        return all(_true(document, operand) for operand in operands)
    first, second = operands
    assert function == "Fn::Equals", function
    assert isinstance(first, str), test
    assert isinstance(second, str), test
    return first == second
