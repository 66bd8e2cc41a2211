"""Every shape that crosses a boundary: stored examples, versions, and the types in code."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from jsonschema import Draft202012Validator
from scribe import schemas, shapes, vocabulary
from scribe.errors import ShapeInvalid

EXAMPLES = Path(__file__).parents[1] / "examples" / "v1"

DOCUMENTS = tuple(name for name in schemas.names() if name != "common")
EVENTS_OF_AWS = ("upload-event", "status-event")
"""Shapes that AWS defines: they carry no version of ours and are read field by field."""

STORED = tuple(
    name for name in DOCUMENTS if name not in EVENTS_OF_AWS and not name.startswith("api-")
)
"""Shapes that outlive a deployment. Those of the API live as long as a request does."""

ADDED = {
    name: {"metadata"}
    for name in ("execution-input", "preparation-request", "assembly-request", "transcript")
}
"""Fields that documents from before they existed lack, so that no reader may require them."""

PARTS = {
    "ObjectReference": "object",
    "Source": "source",
    "Word": "word",
    "Segment": "segment",
    "Gap": "gap",
    "VocabularyUse": "vocabularyUse",
    "Model": "model",
    "Figures": "figures",
}
"""The types of parts of documents, and their names in the common definitions."""

NESTED = {
    "Seam": ("transcript", "seams", "items"),
    "Processing": ("transcript", "processing"),
    "TranscriptObjects": ("assembly", "transcript"),
    "ErrorReport": ("chunk-outcome", "error", "anyOf", 0),
    "ErrorName": ("job-event", "error", "anyOf", 0),
}
"""The types of parts that belong to one document, and where its schema describes them."""

CHOICES = {
    "Doubt": ("segment", "properties", "doubts", "items"),
    "GapReason": ("gap", "properties", "reason"),
    "Timing": ("word", "properties", "timing"),
    "Language": ("language",),
    "LanguageChoice": ("languageChoice",),
}
"""The types that are one of a few values, and where the common definitions name them."""


def examples(kind: str) -> list[Any]:
    return [
        pytest.param(path.parent.name, path, id=f"{path.parent.name}/{path.stem}")
        for path in sorted(EXAMPLES.glob(f"*/{kind}-*.json"))
    ]


def camel_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


@pytest.mark.parametrize("name", schemas.names())
def test_each_schema_is_itself_valid(name: str) -> None:
    schema = schemas.load(name)

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == name
    assert schema["description"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_schema_has_a_passing_and_a_failing_example(name: str) -> None:
    for kind in ("valid", "invalid"):
        assert list((EXAMPLES / name).glob(f"{kind}-*.json")), f"{name} has no {kind} example"


def test_each_folder_of_examples_belongs_to_a_schema() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == set(DOCUMENTS)


@pytest.mark.parametrize(("name", "path"), examples("valid"))
def test_a_valid_example_passes(name: str, path: Path) -> None:
    schemas.validate(name, json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize(("name", "path"), examples("invalid"))
def test_an_invalid_example_is_refused_by_both_validators(name: str, path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))

    with pytest.raises(ShapeInvalid, match=rf"^{name}: .* breaks the rule ") as refused:
        schemas.validate(name, document)

    assert "$ holds" not in str(refused.value)


@pytest.mark.parametrize("name", STORED)
def test_each_document_of_ours_carries_its_version_and_nothing_unknown(name: str) -> None:
    schema = schemas.load(name)

    assert schema["properties"]["version"] == {"const": 1}
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) - set(schema["required"]) == ADDED.get(name, set())


@pytest.mark.parametrize("name", STORED)
def test_each_document_has_a_type_with_the_same_fields(name: str) -> None:
    fields = get_type_hints(getattr(shapes, camel_case(name)))

    assert set(fields) == set(schemas.load(name)["properties"])


@pytest.mark.parametrize(("type_name", "definition"), PARTS.items())
def test_each_part_has_a_type_with_the_same_fields(type_name: str, definition: str) -> None:
    fields = get_type_hints(getattr(shapes, type_name))

    assert set(fields) == set(schemas.load("common")["$defs"][definition]["properties"])


@pytest.mark.parametrize(("type_name", "place"), NESTED.items())
def test_each_nested_part_has_a_type_with_the_same_fields(
    type_name: str, place: tuple[Any, ...]
) -> None:
    schema, first, *rest = place
    described: Any = schemas.load(schema)["properties"][first]
    for step in rest:
        described = described[step]

    assert set(get_type_hints(getattr(shapes, type_name))) == set(described["properties"])


@pytest.mark.parametrize(("type_name", "place"), CHOICES.items())
def test_each_choice_has_a_type_with_the_same_values(
    type_name: str, place: tuple[str, ...]
) -> None:
    described: Any = schemas.load("common")["$defs"]
    for step in place:
        described = described[step]

    assert set(get_args(getattr(shapes, type_name))) == set(described["enum"])


def test_a_vocabulary_is_as_long_as_its_rule_says() -> None:
    described = schemas.load("common")["$defs"]["vocabulary"]

    assert described["maxLength"] == vocabulary.LONGEST_CHARACTERS


def test_each_type_has_a_schema() -> None:
    types = {
        name
        for name, member in vars(shapes).items()
        if isinstance(member, type) and hasattr(member, "__required_keys__")
    }

    assert types == {
        *(camel_case(name) for name in STORED),
        *PARTS,
        *NESTED,
    }


def test_a_refusal_names_the_place_and_never_the_value() -> None:
    document = json.loads((EXAMPLES / "chunk-message" / "valid-on-the-fleet.json").read_text())
    document["task"]["user_id"] = "a secret"

    with pytest.raises(ShapeInvalid, match=r"chunk-message: \$\.task\.user_id") as refused:
        schemas.validate("chunk-message", document)

    assert "secret" not in str(refused.value)


def test_not_a_number_is_refused() -> None:
    document = json.loads((EXAMPLES / "peaks" / "valid-two-stretches.json").read_text())
    document["duration_seconds"] = math.nan

    with pytest.raises(ShapeInvalid, match="a value that JSON does not have"):
        schemas.validate("peaks", document)
