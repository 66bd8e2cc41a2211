"""What users read, in English and in Spanish: one JSON file for each area and language."""

from __future__ import annotations

import functools
import json
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@functools.cache
def load(area: str, language: str) -> Mapping[str, str]:
    """The texts of one area, such as `transcript`, in `en` or `es`."""
    text = resources.files(__name__).joinpath(f"{area}.{language}.json").read_text("utf-8")
    return MappingProxyType(json.loads(text))
