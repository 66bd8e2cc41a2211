"""ECS services: the scheduler that keeps as many tasks running as a service wants."""

from __future__ import annotations

import inspect
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from local.ecs_agent import protection_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.ecs.models import EC2ContainerServiceBackend, Service, Task

_SHORT_LIFE_SECONDS: Final = 10.0
_LONGEST_PAUSE_SECONDS: Final = 30.0


@dataclass
class _Restarts:
    """How a service holds back when its tasks die young.

    Attributes:
        counted: tasks whose end was looked at.
        failures: tasks that died young, one after the other.
        not_before: the monotonic time of the next start.
    """

    counted: set[str]
    failures: int = 0
    not_before: float = 0.0

    def look_at(self, tasks: list[Task]) -> None:
        for task in tasks:
            if task.last_status != "STOPPED" or task.id in self.counted:
                continue
            self.counted.add(task.id)
            self.failures = self.failures + 1 if _died_young(task) else 0
            pause = min(2.0**self.failures, _LONGEST_PAUSE_SECONDS) if self.failures else 0.0
            self.not_before = time.monotonic() + pause


_restarts: defaultdict[str, _Restarts] = defaultdict(lambda: _Restarts(set()))


def create_service(original: Callable[..., Service], *args: Any, **kwargs: Any) -> Service:
    """Create a service; without a desired count it wants one task."""
    bound = inspect.signature(original).bind(*args, **kwargs)
    if bound.arguments.get("desired_count") is None:
        bound.arguments["desired_count"] = 1
    return original(*bound.args, **bound.kwargs)


def reconcile(backend: EC2ContainerServiceBackend, stop: Callable[[Task, str, str], None]) -> None:
    """Start and stop tasks until every service has what it wants.

    Args:
        backend: moto's ECS of one account and region.
        stop: begins to stop a task, with AWS's stop code and reason.
    """
    for service in list(backend.services.values()):
        tasks = _tasks(backend, service)
        if service.status == "ACTIVE":
            _restarts[service.arn].look_at(tasks)
            _fit(backend, service, tasks, stop)
        else:
            for task in _living(tasks):
                stop(task, "ServiceSchedulerInitiated", "The service was deleted")
        _count(backend, service)


def _fit(
    backend: EC2ContainerServiceBackend,
    service: Service,
    tasks: list[Task],
    stop: Callable[[Task, str, str], None],
) -> None:
    definition = backend.describe_task_definition(str(service.task_definition)).arn
    living = _living(tasks)
    current = [task for task in living if task.task_definition_arn == definition]
    outdated = [task for task in living if task.task_definition_arn != definition]
    missing = service.desired_count - len(current)
    if missing > 0 and time.monotonic() >= _restarts[service.arn].not_before:
        _start(backend, service, definition, missing)
        missing = 0
    if missing <= 0:
        _stop_unprotected(outdated, len(outdated), "Deployment replaced the task", stop)
    # Protected tasks stay, also the oldest ones: they count, but they are not chosen.
    _stop_unprotected(current, -missing, "Scaling activity initiated by the service", stop)


def _stop_unprotected(
    tasks: list[Task], count: int, reason: str, stop: Callable[[Task, str, str], None]
) -> None:
    free = [task for task in tasks if not protection_of(task).is_enabled]
    for task in free[: max(0, count)]:
        stop(task, "ServiceSchedulerInitiated", reason)


def _start(
    backend: EC2ContainerServiceBackend, service: Service, definition: str, count: int
) -> None:
    backend.run_task(
        cluster_str=service.cluster_name,
        task_definition_str=definition,
        count=count,
        overrides=None,
        started_by=str(service.deployments[0]["id"]) if service.deployments else service.name,
        tags=None,
        launch_type=service.launch_type,
        networking_configuration=service.network_configuration or None,
        group=f"service:{service.name}",
    )


def _tasks(backend: EC2ContainerServiceBackend, service: Service) -> list[Task]:
    tasks = list(backend.tasks.get(service.cluster_name, {}).values())
    return [task for task in tasks if task.group == f"service:{service.name}"]


def _living(tasks: list[Task]) -> list[Task]:
    return [task for task in tasks if task.desired_status == "RUNNING"]


def _died_young(task: Task) -> bool:
    facts = vars(task)
    if facts["stop_code"] == "ServiceSchedulerInitiated":
        return False
    started = facts.get("started_at")
    return started is None or (facts["stopped_at"] - started).total_seconds() < _SHORT_LIFE_SECONDS


def _count(backend: EC2ContainerServiceBackend, service: Service) -> None:
    """Show in the service, its deployment and its cluster what really runs."""
    living = _living(_tasks(backend, service))
    service.running_count = sum(task.last_status == "RUNNING" for task in living)
    service.pending_count = len(living) - service.running_count
    for deployment in service.deployments[:1]:
        deployment["taskDefinition"] = service.task_definition
        deployment["desiredCount"] = service.desired_count
        deployment["runningCount"] = service.running_count
        deployment["pendingCount"] = service.pending_count
        settled = service.running_count == service.desired_count
        deployment["rolloutState"] = "COMPLETED" if settled else "IN_PROGRESS"
    cluster = backend._get_cluster(service.cluster_name)
    tasks = backend.tasks.get(service.cluster_name, {}).values()
    cluster.running_tasks_count = sum(task.last_status == "RUNNING" for task in tasks)
    cluster.pending_tasks_count = 0
