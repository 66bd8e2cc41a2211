"""The scaling rules of a stage: those that it has, and those that an objective would give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.capacity import policy
from commands import resource_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.capacity.policy import Policy

_FILE: Final = resource_files.ROOT / "resources" / "workers-scaling.yml"


def written(parameters: Mapping[str, str]) -> Policy:
    """The policy of resources/workers-scaling.yml with a stage's parameters.

    A test holds it to what the framework compiles (tests/template/test_scaling.py).
    """
    return policy.read(resource_files.read(_FILE, parameters))
