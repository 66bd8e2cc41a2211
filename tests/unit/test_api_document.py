"""The OpenAPI document: of all operations and nothing else, and no shape of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from scribe import schemas

from functions.api import openapi
from functions.api.handler import OPERATIONS
from functions.api.problems import Code
from tests.unit.api_support import operation_of, reply_to, request_event
from tests.unit.test_schemas import EXAMPLES

if TYPE_CHECKING:
    from functions.api.operations import Operation

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi.document(OPERATIONS)
DESCRIBED = {
    (method.upper(), path): described
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
}
REFERRED = [
    path
    for path in sorted(EXAMPLES.glob("api-*/*.json"))
    if path.parent.name in (DOCUMENT["components"]["schemas"])
]

each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: operation.name
)


def described(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DESCRIBED[operation.method, operation.path]
    return found


def codes(response: dict[str, Any]) -> set[str]:
    """The codes that a response of the document may carry."""
    content = response["content"].get("application/problem+json")
    return set(content["schema"]["allOf"][1]["properties"]["code"]["enum"]) if content else set()


def test_it_is_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_is_served_to_everybody_and_may_be_kept() -> None:
    event = request_event("GET", "/openapi.json", user=None)
    reply = reply_to(event, operation_of("GET", "/openapi.json"))
    assert reply.body == json.loads(json.dumps(DOCUMENT))
    assert reply.headers["Cache-Control"] == "public, max-age=300"


def test_it_carries_the_version_of_the_package() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert DOCUMENT["info"]["version"] == package["version"]


def test_it_describes_every_operation_and_nothing_else() -> None:
    assert set(DESCRIBED) == {(operation.method, operation.path) for operation in OPERATIONS}
    for operation in OPERATIONS:
        assert described(operation)["operationId"] == operation.name


@each_operation
def test_an_operation_answers_what_its_row_of_the_table_says(operation: Operation) -> None:
    responses = described(operation)["responses"]
    for status, schema in operation.answers.items():
        content = responses[str(status)]["content"]
        assert content == {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}
        }
    told = {
        (status, code)
        for status, response in responses.items()
        if int(status) >= 400
        for code in codes(response)
    }
    assert told == {(str(problem.status), problem.code) for problem in operation.problems}


@each_operation
def test_only_a_public_operation_needs_no_session(operation: Operation) -> None:
    assert described(operation).get("security") == ([] if operation.public else None)
    assert DOCUMENT["security"] == [{"session": []}]
    assert ({"401", "403"} <= set(described(operation)["responses"])) is not operation.public


@each_operation
def test_a_parameter_is_described_for_each_variable_and_each_field_of_the_query(
    operation: Operation,
) -> None:
    parameters = described(operation).get("parameters", [])
    named = {
        place: {p["name"] for p in parameters if p["in"] == place} for place in ("path", "query")
    }
    fields = schemas.load(operation.query)["properties"] if operation.query else {}
    assert named == {"path": set(re.findall(r"\{(\w+)\}", operation.path)), "query": set(fields)}
    assert "{job_id}" not in operation.path or codes(described(operation)["responses"]["404"])


def test_a_key_against_repeated_requests_is_a_parameter_where_it_is_read() -> None:
    taken = {
        operation.name
        for operation in OPERATIONS
        if any(p["name"] == "Idempotency-Key" for p in described(operation).get("parameters", []))
    }
    assert taken == {
        operation.name
        for operation in OPERATIONS
        if Code.IDEMPOTENCY_KEY_INVALID in operation.problems
    }
    assert "create_job" in taken


@each_operation
def test_a_problem_is_shown_by_an_example_for_each_of_its_codes(operation: Operation) -> None:
    for response in described(operation)["responses"].values():
        shown = response["content"].get("application/problem+json", {}).get("examples", {})
        assert set(shown) == codes(response)
        for example in shown.values():
            schemas.validate("api-problem", example["value"])


def test_every_schema_that_is_referred_to_is_part_of_it() -> None:
    referred = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(DOCUMENT)))
    components = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert referred == components


def test_every_shape_of_the_api_is_part_of_it() -> None:
    queries = {operation.query for operation in OPERATIONS}
    ours = {name for name in schemas.names() if name.startswith("api-")} - queries
    assert ours <= set(DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize("path", REFERRED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_its_schemas_judge_the_stored_examples_as_the_handler_does(path: Path) -> None:
    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(DOCUMENT))
    reference = {"$ref": f"urn:api#/components/schemas/{path.parent.name}"}
    judge = Draft202012Validator(reference, registry=registry)
    example = json.loads(path.read_text("utf-8"))
    assert judge.is_valid(example) is path.stem.startswith("valid-")
