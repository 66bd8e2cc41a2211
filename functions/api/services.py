"""The parts that need AWS, made when the first request needs them."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.api.composition import Services


@functools.cache
def services() -> Services:
    """Made once, kept while the function is warm."""
    # boto3 costs as much as all other imports together: a cold start does not wait for it.
    from functions.api import composition  # noqa: PLC0415  # see above

    return composition.compose(os.environ)
