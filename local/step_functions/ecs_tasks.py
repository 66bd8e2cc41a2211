"""ecs:runTask from a state machine: what counts as failed, and who stops the task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_ecs as moto_ecs,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_ecs import (  # noqa: E501 - moto's name
    StateTaskServiceEcs,
)
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from local.context import Context

_MORE_PARAMETERS: Final = {"CapacityProviderStrategy", "EnableECSManagedTags", "StartedBy", "Tags"}


def install(context: Context) -> None:
    """Judge tasks by how they ended, as AWS does."""
    del context
    moto_ecs._SUPPORTED_API_PARAM_BINDINGS["runtask"] |= _MORE_PARAMETERS
    # AWS fails the state when a container exits with another code than 0 or no task could
    # start; to moto every stopped task is a success.
    wrap(StateTaskServiceEcs, "_build_sync_resolver", _build_sync_resolver)
    wrap(StateTaskServiceEcs, "_eval_service_task", _eval_service_task)
    # AWS stops the task of a .sync state that ended before it; moto leaves it running.
    wrap(StateTaskServiceEcs, "_eval_integration_pattern", _eval_integration_pattern)
    # AWS names an error of the ECS API after it; moto says States.Runtime.
    wrap(StateTaskServiceEcs, "_from_error", _from_error)


def _build_sync_resolver(
    original: Callable[..., Callable[[], Any]],
    self: StateTaskServiceEcs,
    env: Environment,
    **arguments: Any,
) -> Callable[[], Any]:
    resolve = original(self, env=env, **arguments)

    def resolve_and_judge() -> Any:
        task = resolve()
        if task is not None and not _succeeded(task):
            raise _failed(self, env, to_json_str(task))
        return task

    return resolve_and_judge


def _succeeded(task: dict[str, Any]) -> bool:
    codes = [container.get("ExitCode") for container in task["Containers"]]
    return task.get("StopCode") == "EssentialContainerExited" and all(code == 0 for code in codes)


def _eval_integration_pattern(
    original: Callable[..., None], self: StateTaskServiceEcs, env: Environment, **arguments: Any
) -> None:
    task = env.stack[-1]["Tasks"][0]
    try:
        original(self, env=env, **arguments)
    finally:
        if self.resource.condition == ResourceCondition.Sync and not env.is_running():
            # looked up late: the function is replaced when integrations are installed
            ecs = vars(moto_ecs)["boto_client_for"](env.aws_execution_details.region, "ecs")
            ecs.stop_task(
                cluster=task["ClusterArn"], task=task["TaskArn"], reason="The execution has ended"
            )


def _eval_service_task(
    original: Callable[..., None],
    self: StateTaskServiceEcs,
    env: Environment,
    **arguments: Any,
) -> None:
    try:
        original(self, env=env, **arguments)
    except IndexError as error:  # moto's first of no tasks
        raise _failed(self, env, "No task could be placed") from error


def _from_error(
    original: Callable[..., FailureEvent],
    self: StateTaskServiceEcs,
    env: Environment,
    ex: Exception,
) -> FailureEvent:
    if not isinstance(ex, ClientError):
        return original(self, env=env, ex=ex)
    details, metadata = ex.response["Error"], ex.response["ResponseMetadata"]
    cause = (
        f"{details['Message']} (Service: AmazonECS; Status Code: {metadata['HTTPStatusCode']}; "
        f"Error Code: {details['Code']})"
    )
    return _event(self, env, f"ECS.{details['Code']}", cause)


def _failed(state: StateTaskServiceEcs, env: Environment, cause: str) -> FailureEventException:
    return FailureEventException(_event(state, env, "States.TaskFailed", cause))


def _event(state: StateTaskServiceEcs, env: Environment, error: str, cause: str) -> FailureEvent:
    details: Any = {
        "taskFailedEventDetails": {
            "error": error,
            "cause": cause,
            "resource": state._get_sfn_resource(),
            "resourceType": state._get_sfn_resource_type(),
        }
    }
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(error),
        event_type=HistoryEventType.TaskFailed,
        event_details=details,
    )
