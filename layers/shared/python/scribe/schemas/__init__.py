"""Every shape that crosses a boundary, as JSON Schema 2020-12, and the one validator.

Each document carries `version`; code of version N accepts documents of version N-1, because
a deployment meets jobs that are already running.

jsonschema-rs decides and jsonschema explains: a day of speech has 200,000 words, which the
first checks in a tenth of a second and the second in half a minute.
"""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from scribe.errors import ShapeInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX: Final = ".schema.json"


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
