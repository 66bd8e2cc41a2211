"""The OpenAPI 3.1 document, made of the table of operations and the schemas it names; pure."""

from __future__ import annotations

import re
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from scribe import schemas

from functions.api import problems
from functions.api.operations import IDEMPOTENCY_KEY
from functions.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from functions.api.operations import Operation

VERSION: Final = "0.1.0"
"""The API's own, that of package.json."""

_INFO: Final = {
    "title": "Transcription",
    "version": VERSION,
    "description": (
        "Announce a recording, upload it, and read its transcript. Each problem has a stable "
        "`code`; what a program should do about it stands in `docs/api.md`."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}
_SESSION: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A session token of the identity provider. It lives for a minute.",
}

# What API Gateway answers by itself, before the function is asked or when it does not answer.
_OF_THE_GATEWAY: Final = frozenset({429, 500, 503})
_OF_THE_AUTHORIZER: Final = frozenset({401, 403})
_OF_A_LARGE_BODY: Final = frozenset({413})
_TOLD_WHEN: Final = frozenset({429, 503})

_REFUSAL: Final = "api-refusal"
_PROBLEM: Final = "api-problem"

_NEVER_SHOWN: Final = frozenset({"$schema", "$id", "$defs"})
"""Keywords of a schema in a file of its own."""


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Describe operations; what they refer to is part of the document."""
    described = list(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in described:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "tags": _tags(described),
        "paths": paths,
        "components": {
            "securitySchemes": {"session": _SESSION},
            "schemas": _components(paths),
        },
    }


def _tags(operations: Iterable[Operation]) -> list[dict[str, str]]:
    groups = dict.fromkeys(operation.group for operation in operations)
    return [{"name": _tag(group), "description": _first_line(group)} for group in groups]


def _tag(group: str) -> str:
    return group.rpartition(".")[2]


def _first_line(module: str) -> str:
    return (sys.modules[module].__doc__ or "").partition("\n")[0]


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [_tag(operation.group)],
        "responses": _responses(operation),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.public:
        described["security"] = []
    if parameters := list(_parameters(operation)):
        described["parameters"] = parameters
    if operation.request:
        described["requestBody"] = {"required": True, "content": _json(_ref(operation.request))}
    return described


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        schema = _ref(f"common#/$defs/{_camel_case(name)}")
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if Code.IDEMPOTENCY_KEY_INVALID in operation.problems:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Chosen by the caller: a repeated request makes nothing again.",
            "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
        }
    if operation.query:
        query = schemas.load(operation.query)
        for name, described in query["properties"].items():
            yield {
                "name": name,
                "in": "query",
                "description": described.get("description", ""),
                "required": name in query.get("required", ()),
                "schema": _rewritten(described, operation.query),
            }


def _responses(operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, schema in operation.answers.items():
        responses[str(status)] = {
            "description": schemas.load(schema)["description"],
            "content": _json(_ref(schema)),
        }
        if status in {HTTPStatus.CREATED, HTTPStatus.FOUND}:
            responses[str(status)]["headers"] = {
                "Location": _header("Where it is.", type="string", format="uri-reference")
            }
    refused = _refusals(operation)
    for status in sorted(refused | {code.status for code in operation.problems}):
        codes = [code for code in Code if code in operation.problems and code.status == status]
        responses[str(status)] = _problem(codes, refused=status in refused)
    return responses


def _refusals(operation: Operation) -> frozenset[int]:
    return (
        _OF_THE_GATEWAY
        | (frozenset() if operation.public else _OF_THE_AUTHORIZER)
        | (_OF_A_LARGE_BODY if operation.request else frozenset())
    )


def _problem(codes: list[Code], *, refused: bool) -> dict[str, Any]:
    described = [f"- `{code.code}`: {code.title}." for code in codes]
    content: dict[str, Any] = {}
    if codes:
        narrowed = {"properties": {"code": {"enum": [code.code for code in codes]}}}
        content[problems.CONTENT_TYPE] = {
            "schema": {"allOf": [_ref(_PROBLEM), narrowed]},
            "examples": {code.code: {"value": Problem(code).document()} for code in codes},
        }
    if refused:
        described.append("- API Gateway's own answer, which has no code.")
        content |= _json(_ref(_REFUSAL))
    response: dict[str, Any] = {"description": "\n".join(described), "content": content}
    if any(code.status in _TOLD_WHEN for code in codes):
        response["headers"] = {
            "Retry-After": _header("When to try again, in seconds.", type="integer", minimum=0)
        }
    return response


def _header(description: str, **schema: object) -> dict[str, Any]:
    return {"description": description, "schema": schema}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _ref(target: str, base: str = "") -> dict[str, str]:
    """A reference of a schema, as one within the document.

    Args:
        target: `api-job`, `common#/$defs/jobId`, or `#/$defs/jobId` within `base`.
        base: the name of the schema that refers.
    """
    return {"$ref": f"#/components/schemas/{_component(target, base)}"}


def _component(target: str, base: str) -> str:
    name, _, place = target.partition("#/$defs/")
    return ".".join(filter(None, (name or base, place)))


def _rewritten(node: Any, base: str) -> Any:  # noqa: ANN401  # any JSON
    if isinstance(node, list):
        return [_rewritten(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _rewritten(value, base) for name, value in node.items() if name != "$ref"}
    return kept | _ref(node["$ref"], base) if "$ref" in node else kept


def _components(paths: Mapping[str, Any]) -> dict[str, Any]:
    """Every schema that the paths refer to, and that those refer to."""
    found: dict[str, Any] = {}
    waiting = sorted(_referred(paths))
    while waiting:
        component = waiting.pop()
        if component not in found:
            found[component] = _schema(component)
            waiting.extend(_referred(found[component]))
    return dict(sorted(found.items()))


def _schema(component: str) -> dict[str, Any]:
    name, _, place = component.partition(".")
    schema = schemas.load(name)
    own = schema["$defs"][place] if place else schema
    shown = {keyword: value for keyword, value in own.items() if keyword not in _NEVER_SHOWN}
    rewritten: dict[str, Any] = _rewritten(shown, name)
    return rewritten


def _referred(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_referred, node.values()))
    if isinstance(node, list):
        return set().union(*map(_referred, node))
    return set()
