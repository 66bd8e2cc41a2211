"""Keeps ECS from stopping a busy task of the fleet when it scales in."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import urllib.request
from typing import TYPE_CHECKING, Any, Final

from worker.logs import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

logger: Final = logging.getLogger(__name__)

_MINUTES: Final = 60
"""Longer than any chunk takes; ECS lifts the protection by itself if the worker dies."""


@contextlib.contextmanager
def protected(ecs_agent_uri: str) -> Iterator[None]:
    """Protect this task while the body runs; without an agent there is nothing to protect from.

    Protection is a courtesy: without it, ECS may stop a busy worker, which hands its chunk
    back. So an agent that does not answer is logged, and the work goes on.
    """
    if not ecs_agent_uri:
        yield
        return
    _put(ecs_agent_uri, {"ProtectionEnabled": True, "ExpiresInMinutes": _MINUTES})
    try:
        yield
    finally:
        _put(ecs_agent_uri, {"ProtectionEnabled": False})


def _put(ecs_agent_uri: str, state: dict[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310  # the address is ECS's own, from the environment
        f"{ecs_agent_uri}/task-protection/v1/state",
        data=json.dumps(state).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310  # as above
            return
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        logger.warning("task protection was not set", extra=fields(error=type(error).__name__))
