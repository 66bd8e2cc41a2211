"""Who calls: what the authorizer says, and nothing that the request itself says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scribe import keys

from functions.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Caller:
    """The user of a session; `email` is None where the session has no verified address."""

    user_id: str
    email: str | None


def of(event: Mapping[str, Any]) -> Caller:
    """The caller of a request (payload format 2.0).

    Raises:
        Problem: UNAUTHENTICATED, where no authorizer has let the request in.
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    context = authorizer.get("lambda") or {}
    user_id = context.get("user_id")
    if not isinstance(user_id, str) or not keys.is_user_id(user_id):
        raise Problem(Code.UNAUTHENTICATED)
    return Caller(user_id, context.get("email") or None)
