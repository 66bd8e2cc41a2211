"""Step Functions: moto's interpreter with what AWS does and moto does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.context import Context


def install(context: Context) -> None:
    """Patch moto's Step Functions before its server starts."""
    del context
