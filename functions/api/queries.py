"""From the query string of a request to parameters that their schema accepts."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from scribe import schemas
from scribe.schemas import Violation

from functions.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

REPEATED: Final = "repeated"
"""The rule that a parameter breaks which comes twice."""

_MOST_PARAMETERS: Final = 100
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")


def read(event: Mapping[str, Any], schema: str) -> dict[str, Any]:
    """The query parameters of a request (payload format 2.0).

    Args:
        event: the request.
        schema: the name of the parameters' schema: an object. A value is a number where its
            property says `"type": "integer"`, else text.

    Raises:
        Problem: QUERY_INVALID.
    """
    # Not queryStringParameters, which joins repeated parameters by commas.
    pairs = _pairs(event.get("rawQueryString", ""))
    counts = Counter(name for name, _ in pairs)
    faults = [Violation(schemas.pointer(name), REPEATED) for name in counts if counts[name] > 1]
    properties = schemas.load(schema)["properties"]
    parameters = {name: _value(text, properties.get(name, {})) for name, text in pairs}
    if faults := faults or schemas.violations(schema, parameters):
        raise Problem(Code.QUERY_INVALID, errors=faults)
    return parameters


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:
        raise Problem(Code.QUERY_INVALID, "too many parameters, or no UTF-8") from error


def _value(text: str, described: Mapping[str, Any]) -> str | int:
    """Text that is no number stays text, which the schema refuses where it wants a number."""
    if described.get("type") == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    return text
