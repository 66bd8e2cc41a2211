"""Calls from a state to a service: the shapes and the error names that AWS gives them."""

from __future__ import annotations

import functools
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session
from botocore.config import Config
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501 - moto's name
    StateTaskService,
)
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.utils import camel_to_snake_case

from local.faults import callers
from local.patching import rebind, replace

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from local.context import Context

_SERVICE_NAMES: Final = {"s3": "S3", "sqs": "Sqs", "ecs": "Ecs", "lambda": "Lambda", "ses": "Ses"}
_CLIENT_SECONDS: Final = 900 + 60  # the longest call is a synchronous Lambda of 15 minutes
_CONNECTIONS: Final = 100  # calls of parallel iterations to one service at a time


def install(context: Context) -> None:
    """Call services with the parameter names of their API and answer with those of AWS."""
    # AWS takes `TaskDefinition` and gives `TaskArn` where the service's own API says
    # `taskDefinition` and `taskArn`; moto leaves both as they are.
    replace(StateTaskService, "_normalise_parameters", _normalise_parameters)
    replace(StateTaskService, "_normalise_response", _normalise_response)
    # AWS names errors of aws-sdk integrations `S3.NoSuchKeyException`; moto `s3.NoSuch…`.
    aws_sdk._SERVICE_ERROR_NAMES.update(_SERVICE_NAMES)
    # moto makes a client for each call from boto3's default session, which two threads
    # must not do at a time; parallel iterations do.
    rebind(boto_client_for, _clients(context))


def _clients(context: Context) -> Any:
    session = boto3.session.Session(
        aws_access_key_id=callers.STATE_MACHINES_KEY,
        aws_secret_access_key="local",  # noqa: S106 - moto checks no signature
    )
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1},
        read_timeout=_CLIENT_SECONDS,
        max_pool_connections=_CONNECTIONS,
    )
    making = Lock()
    clients: dict[tuple[str, str], Any] = {}

    def client_for(region: str, service: str, state_credentials: object = None) -> Any:
        del state_credentials
        with making:
            if (region, service) not in clients:
                clients[region, service] = session.client(
                    service,  # type: ignore[call-overload]  # any service of a state machine
                    region_name=region,
                    endpoint_url=context.endpoint_url,
                    config=config,
                )
            return clients[region, service]

    return client_for


@functools.cache
def _operations(service: str) -> dict[str, OperationModel]:
    model = botocore.session.get_session().get_service_model(service)
    return {
        camel_to_snake_case(name): model.operation_model(name) for name in model.operation_names
    }


def _operation(
    state: StateTaskService, service: str | None, action: str | None
) -> OperationModel | None:
    operations = _operations(state._get_boto_service_name(service))
    return operations.get(state._get_boto_service_action(action))


def _normalise_parameters(
    self: StateTaskService,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation(self, boto_service_name, service_action_name)
    if operation is not None and operation.input_shape is not None:
        self._to_boto_request(parameters, operation.input_shape)


def _normalise_response(
    self: StateTaskService,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation(self, boto_service_name, service_action_name)
    if operation is not None and operation.output_shape is not None:
        self._from_boto_response(response, operation.output_shape)
    _plain_dates(response, iso=isinstance(self, aws_sdk.StateTaskServiceAwsSdk))


def _plain_dates(value: Any, *, iso: bool) -> None:
    """AWS writes dates as text in aws-sdk integrations, elsewhere in epoch milliseconds."""
    items: Any = ()
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        if isinstance(item, datetime):
            value[key] = item.isoformat() if iso else int(item.timestamp() * 1000)
        else:
            _plain_dates(item, iso=iso)
