"""ECS: services and tasks run their definition's own command as processes of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.context import Context


def install(context: Context) -> None:
    """Patch moto's ECS before its server starts."""
    del context


def reconcile(context: Context) -> None:
    """Bring every service to its desired count; called about twice a second."""
    del context


def stop_all() -> None:
    """End every process that a task or service started."""
