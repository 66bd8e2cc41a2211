"""The texts that a worker is handed, read as the documents that they must be."""

from __future__ import annotations

import json
from typing import Any

from scribe import schemas
from scribe.errors import ShapeInvalid


def parse(text: str, schema: str) -> Any:  # noqa: ANN401  # the schema is the type
    """Read a document and check it.

    Raises:
        ShapeInvalid: whatever is wrong with the text, which nobody may have checked before.
    """
    try:
        document = json.loads(text)
        schemas.validate(schema, document)
    except (ValueError, RecursionError) as error:
        # No JSON, thousands of digits or brackets, or half of a character.
        raise ShapeInvalid(f"{schema}: no JSON that can be read") from error
    return document
