"""Every shape that crosses a boundary, as JSON Schema 2020-12, and the one validator.

Each document carries `version`; code of version N accepts documents of version N-1, because
a deployment meets jobs that are already running.

jsonschema-rs decides and jsonschema explains: a day of speech has 200,000 words, which the
first checks in a tenth of a second and the second in half a minute.
"""

from __future__ import annotations

import functools
import itertools
import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from scribe.errors import ShapeInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import ValidationError

_SUFFIX: Final = ".schema.json"
_MOST_VIOLATIONS: Final = 20


@dataclass(frozen=True)
class Violation:
    """One fault of a document.

    Attributes:
        pointer: where, as a JSON pointer (RFC 6901); for a field that is missing or unknown,
            its own.
        rule: the keyword of JSON Schema that is broken, such as `required` or `maximum`.
    """

    pointer: str
    rule: str


def names() -> tuple[str, ...]:
    """The names of all schemas, sorted; `common` holds definitions only."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(f.name.removesuffix(_SUFFIX) for f in files if f.name.endswith(_SUFFIX)))


def load(name: str) -> dict[str, Any]:
    """The schema as a document."""
    text = resources.files(__name__).joinpath(name + _SUFFIX).read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def validate(name: str, document: object) -> None:
    """Check a document against the schema of that name.

    Raises:
        ShapeInvalid: names the schema, the first offending path and the rule it breaks. The
            text never holds the document's values: they may be tokens or transcripts.
    """
    if not _judge(name).is_valid(document):
        # jsonschema lets NaN pass, which is no JSON.
        error = next(_errors(name, document), "$ holds a value that JSON does not have")
        raise ShapeInvalid(f"{name}: {error}")


def violations(name: str, document: object) -> list[Violation]:
    """The first faults of a document, by the schema of that name; none where it is valid."""
    if _judge(name).is_valid(document):
        return []
    found = itertools.chain.from_iterable(map(_violations, _validator(name).iter_errors(document)))
    # A missing field is found again for each other one that is missing.
    return list(dict.fromkeys(itertools.islice(found, _MOST_VIOLATIONS)))


def pointer(*steps: str | int) -> str:
    """The JSON pointer (RFC 6901) to a member, by the names and places on the way to it."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _violations(error: ValidationError) -> Iterator[Violation]:
    schema: Any = error.schema
    instance: Any = error.instance
    rule, place = str(error.validator), list(error.absolute_path)
    faulty: set[str] = set()
    if rule == "required":
        faulty = set(schema["required"]) - set(instance)
    elif rule == "additionalProperties":
        faulty = set(instance) - set(schema.get("properties", ()))
    for steps in [[*place, name] for name in sorted(faulty)] or [place]:
        yield Violation(pointer(*steps), rule)


def _errors(name: str, document: object) -> Iterator[str]:
    for error in _validator(name).iter_errors(document):
        rule = "/".join(str(part) for part in error.schema_path)
        yield f"{error.json_path} breaks the rule {rule}"


@functools.cache
def _judge(name: str) -> jsonschema_rs.Draft202012Validator:
    resources_by_id = [(schema["$id"], schema) for schema in map(load, names())]
    return jsonschema_rs.Draft202012Validator(
        load(name), registry=jsonschema_rs.Registry(resources_by_id)
    )


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load(name), registry=_registry())


@functools.cache
def _registry() -> Registry[Any]:
    registry: Registry[Any] = Registry()
    return registry.with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in map(load, names())
    )
