"""The API's description of itself, for programs and for the page that shows it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from functions.api import openapi
from functions.api.operations import Answer, Operations

if TYPE_CHECKING:
    from collections.abc import Iterable

# Alike for everybody and as long as the function is not deployed again.
_KEPT: Final = {"Cache-Control": "public, max-age=300"}


def describing(groups: Iterable[Operations]) -> Operations:
    """The group with the one operation that describes these groups and itself."""
    operations = Operations()
    described = [operation for group in groups for operation in group.all]

    @functools.cache
    def document() -> dict[str, Any]:
        return openapi.document([*described, *operations.all])

    @operations.add_public("/openapi.json", answer="api-description")
    def get_description() -> Answer:
        """Tell what the API can do, as an OpenAPI 3.1 document."""
        return Answer(200, document(), headers=_KEPT)

    return operations
