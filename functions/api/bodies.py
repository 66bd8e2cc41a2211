"""From the bytes of a request to a document that its schema accepts."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import TYPE_CHECKING, Any, Final

from scribe import schemas

from functions.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_BYTES: Final = 1024 * 1024
"""The list of 10,000 parts, the largest body that is valid, has some 700 kB."""


def read(event: Mapping[str, Any], schema: str) -> Any:  # noqa: ANN401  # the schema is the type
    """The JSON body of a request (payload format 2.0).

    Raises:
        Problem: BODY_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_JSON or BODY_INVALID.
    """
    content_type = event.get("headers", {}).get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(Code.BODY_TYPE_UNSUPPORTED)
    document = _parsed(_bytes_of(event))
    if faults := schemas.violations(schema, document):
        raise Problem(Code.BODY_INVALID, errors=faults)
    return document


def _bytes_of(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event["isBase64Encoded"] else text.encode()
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Problem(Code.BODY_NOT_JSON) from error
    if len(body) > LARGEST_BYTES:
        raise Problem(Code.BODY_TOO_LARGE)
    return body


def _parsed(body: bytes) -> object:
    try:
        document: object = json.loads(
            body.decode(), parse_float=_number, parse_constant=_refuse_constant
        )
        # Half of a surrogate pair is a character to JSON, and to nothing that stores text.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Problem(Code.BODY_NOT_JSON) from error
    return document


def _number(text: str) -> float | int:
    """JSON Schema takes 5.0 for an integer, and so must the code behind it."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number that JSON does not have")
    return int(value) if value.is_integer() else value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
