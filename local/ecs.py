"""ECS: tasks run their definition's own command as processes of this machine."""

from __future__ import annotations

import inspect
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Task, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from local import ecs_definitions, ecs_services
from local.background import start
from local.client_environment import client_environment
from local.context import ACCOUNT_ID, REGION
from local.ecs_agent import Agent, Protection, protection_of
from local.ecs_container import CannotStart, Container, Launch
from local.faults import callers
from local.faults.callers import Caller
from local.patching import add, replace, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.context import Context

_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_STOP_SECONDS: Final = 30  # ECS's default stopTimeout
_EXIT_SECONDS: Final = 5.0  # how long tasks may take to end with the local AWS

_containers: dict[str, Container] = {}  # of the tasks that are not over, by ARN


def install(context: Context) -> None:
    """Patch moto's ECS before its server starts."""
    ecs_definitions.install(context)
    agent = Agent(_find)

    def run_task(
        original: Callable[..., list[Task]],
        self: EC2ContainerServiceBackend,
        *args: Any,
        **kwargs: Any,
    ) -> list[Task]:
        bound = inspect.signature(original).bind(self, *args, **kwargs)
        given = {name: bound.arguments.get(name) for name in _PLACEMENT}
        bound.arguments |= {"launch_type": "FARGATE", "capacity_provider_strategy": None}
        tasks = original(*bound.args, **bound.kwargs)
        for task in tasks:
            task.launch_type = given["launch_type"] or task.launch_type
            task.last_status = "PROVISIONING"
            definition = self.describe_task_definition(task.task_definition_arn)
            launch = _launch(context, agent, task, definition.container_definitions[0])
            container = _containers[task.task_arn] = Container(launch)
            callers.enter(
                launch.environment[callers.KEY_VARIABLE], Caller(definition.family, container.kill)
            )
            start(_live, task)
        return tasks

    # AWS runs a task's command and needs no container instance for it that a capacity
    # provider could not make; moto runs nothing and asks for registered instances.
    wrap(EC2ContainerServiceBackend, "run_task", run_task)
    # AWS takes a Fargate task's size from the task; moto wants it of each container.
    replace(
        EC2ContainerServiceBackend, "_calculate_task_resource_requirements", lambda *_: _NO_NEEDS
    )
    # A task's status is that of its process; moto's moves on whenever it is looked at.
    replace(Task, "last_status", property(_get_status, _set_status))
    replace(EC2ContainerServiceBackend, "stop_task", _stop_task)
    # AWS lists running tasks unless asked, and those of one service if asked; moto all.
    wrap(EC2ContainerServiceBackend, "list_tasks", _list_tasks)
    # AWS makes one task for a service created without a count, moto none.
    wrap(EC2ContainerServiceBackend, "create_service", ecs_services.create_service)
    add(EC2ContainerServiceResponse, "get_task_protection", _get_task_protection)
    add(EC2ContainerServiceResponse, "update_task_protection", _update_task_protection)


_PLACEMENT: Final = ("launch_type", "capacity_provider_strategy")
_NO_NEEDS: Final[dict[str, Any]] = {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def reconcile(context: Context) -> None:
    """Bring every service to its desired count; called about twice a second."""
    del context
    ecs_services.reconcile(ecs_backends[ACCOUNT_ID][REGION], stop)


def stop_all() -> None:
    """End every process that a task or service started."""
    for container in list(_containers.values()):
        container.stop()
    end = time.monotonic() + _EXIT_SECONDS
    while _containers and time.monotonic() < end:
        time.sleep(0.02)
    for container in list(_containers.values()):
        container.kill()


def stop(task: Task, code: str, reason: str) -> None:
    """Begin to stop a task; the first reason stands."""
    if task.desired_status == "STOPPED":
        return
    task.desired_status = "STOPPED"
    vars(task)["stop_code"] = code
    task.stopped_reason = reason
    container = _containers.get(task.task_arn)
    if container is not None:
        task.last_status = "STOPPING"
        container.stop()


def _launch(context: Context, agent: Agent, task: Task, definition: dict[str, Any]) -> Launch:
    overrides = task.overrides.get("containerOverrides") or []
    override: dict[str, Any] = next(
        (item for item in overrides if item["name"] == definition["name"]), {}
    )
    folder = context.state / "tasks" / task.id
    family = task.task_definition_arn.rpartition("/")[2].partition(":")[0]
    environment = {
        "PATH": os.pathsep.join([str(context.container_path), _SYSTEM_PATH]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        **client_environment(context.endpoint_url),
        **agent.environment(task.id),
        callers.KEY_VARIABLE: callers.new_key(),
    }
    for source in (definition, override):
        environment |= {item["name"]: item["value"] for item in source.get("environment") or []}
    return Launch(
        command=[
            *(definition.get("entryPoint") or []),
            *(override.get("command") or definition.get("command") or []),
        ],
        environment=environment,
        folder=folder,
        log=context.logs / f"ecs-{family}-{task.id}.log",
        stop_seconds=definition.get("stopTimeout") or _STOP_SECONDS,
    )


def _live(task: Task) -> None:
    """Take a task through its life, on the thread that its process depends on."""
    container = task.containers[0]
    vars(container).update(task_arn=task.task_arn, exitCode=None)
    vars(task)["created_at"] = datetime.now(UTC)

    def running() -> None:
        vars(task)["started_at"] = datetime.now(UTC)
        if task.desired_status == "RUNNING":
            task.last_status = container.last_status = "RUNNING"

    try:
        vars(container)["exitCode"] = _containers[task.task_arn].run(running)
        _ended(task, "EssentialContainerExited", "Essential container in task exited")
    except CannotStart as error:
        _ended(task, "TaskFailedToStart", str(error))


def _ended(task: Task, code: str, reason: str) -> None:
    if task.desired_status == "RUNNING":
        vars(task)["stop_code"] = code
        task.stopped_reason = reason
    vars(task)["stopped_at"] = datetime.now(UTC)
    task.desired_status = "STOPPED"
    task.last_status = task.containers[0].last_status = "STOPPED"
    del _containers[task.task_arn]


def _find(task_id: str) -> Task | None:
    for tasks in list(ecs_backends[ACCOUNT_ID][REGION].tasks.values()):
        for task in list(tasks.values()):
            if task.id == task_id:
                return task
    return None


def _get_status(self: Task) -> str | None:
    return self._status


def _set_status(self: Task, status: str) -> None:
    self._status = status


def _stop_task(
    self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None
) -> Task:
    self._get_cluster(cluster_str)
    task = _find(task_str.rpartition("/")[2])
    if task is None:
        raise InvalidParameterException("The referenced task was not found.")
    stop(task, "UserInitiated", reason or "Task stopped by user")
    return task


def _list_tasks(
    original: Callable[..., list[Task]],
    self: EC2ContainerServiceBackend,
    *args: Any,
    **kwargs: Any,
) -> list[Task]:
    bound = inspect.signature(original).bind(self, *args, **kwargs)
    bound.arguments["desiredStatus"] = bound.arguments.get("desiredStatus") or "RUNNING"
    service = bound.arguments.get("service_name")
    group = f"service:{service.rpartition('/')[2]}" if service else None
    tasks = original(*bound.args, **bound.kwargs)
    return [task for task in tasks if group in {None, task.group}]


def _get_task_protection(self: Any) -> ActionResult:
    tasks = [_find(name.rpartition("/")[2]) for name in self._get_param("tasks", [])]
    return ActionResult({"protectedTasks": [_described(task) for task in tasks if task]})


def _update_task_protection(self: Any) -> ActionResult:
    for name in self._get_param("tasks"):
        task = _find(name.rpartition("/")[2])
        if task is not None:
            vars(task)["protection"] = Protection.of(
                enabled=self._get_param("protectionEnabled"),
                minutes=self._get_param("expiresInMinutes"),
            )
    return _get_task_protection(self)


def _described(task: Task) -> dict[str, Any]:
    protection = protection_of(task)
    return {
        "taskArn": task.task_arn,
        "protectionEnabled": protection.is_enabled,
        "expirationDate": protection.until,
    }
