"""A stage's compiled state machine with all that it refers to, its functions replaced."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.local.conftest import function_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE: Final = "TranscriptionStateMachine"
PARTS: Final = {
    "PrepareAudioLambdaFunction": "PrepareAudio",
    "AssembleTranscriptLambdaFunction": "AssembleTranscript",
}
FUNCTION: Final = Path(__file__).parent / "stand_ins" / "function.py"
OUTPUTS: Final = (
    "ChunksQueue",
    "DetectQueue",
    "JobsTable",
    "WorkBucket",
    "WorkersCluster",
    MACHINE,
)


def template(compiled: dict[str, Any], stage: str, address: str) -> dict[str, dict[str, Any]]:
    """Take the state machine and whatever it needs out of a compiled template, as it is.

    Args:
        compiled: the template.
        stage: names the functions.
        address: the host and port that the functions ask for their answers.

    Returns:
        The sections `Resources`, `Conditions`, `Parameters` and `Mappings`.
    """
    stand_ins = {
        logical_id: _function(f"{stage}-{part}", part, address)
        for logical_id, part in PARTS.items()
    }
    available = {
        "Resources": {**compiled["Resources"], **stand_ins},
        "Conditions": compiled["Conditions"],
        "Parameters": compiled["Parameters"],
        "Mappings": compiled["Mappings"],
    }
    chosen: dict[str, dict[str, Any]] = {section: {} for section in available}
    wanted = [MACHINE]
    while wanted:
        name = wanted.pop()
        for section, entries in available.items():
            if name in entries and name not in chosen[section]:
                chosen[section][name] = entries[name]
                wanted += _references(entries[name])
    return chosen


def _function(name: str, part: str, address: str) -> dict[str, Any]:
    variables = {"PART": part, "TEST_ADDRESS": address}
    return function_resource(
        name, FUNCTION.read_text("utf-8"), Timeout=60, Environment={"Variables": variables}
    )


def _references(value: object) -> Iterator[str]:
    """Name what a part of a template refers to; some names are no resources."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Ref":
            yield item
        elif key == "Fn::GetAtt":
            yield item[0]
        elif key == "Fn::Sub" and isinstance(item, str):
            yield from re.findall(r"\$\{(\w+)", item)
        elif key == "Condition" and isinstance(item, str):
            yield item
        elif key in {"Fn::If", "Fn::FindInMap"}:
            yield item[0]
            yield from _references(item[1:])
        else:
            yield from _references(item)
