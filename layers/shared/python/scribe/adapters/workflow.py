"""The state machine of Step Functions: starting executions and looking at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from scribe.executions import ExecutionMissing, WorkflowUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType


@dataclass(frozen=True)
class Execution:
    """What an execution is at this moment.

    Attributes:
        status: RUNNING again after a redrive, whatever an earlier event said.
        input: what it was started with.
        error: the error's name, where it failed or was aborted with one.
        cause: the error's text, for operators.
        stopped_at: when it ended; None while it runs.
    """

    status: ExecutionStatusType
    input: str
    error: str | None
    cause: str | None
    stopped_at: datetime | None


class Workflow:
    """Executions of state machines.

    Raises:
        WorkflowUnavailable: from every method, when Step Functions does not do its part.
    """

    def __init__(self, client: SFNClient) -> None:
        self._client = client

    def start(self, state_machine_arn: str, *, name: str, execution_input: str) -> None:
        """Start an execution; one of that name, running or ended, is left as it is."""
        try:
            self._client.start_execution(
                stateMachineArn=state_machine_arn, name=name, input=execution_input
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return
        except (BotoCoreError, ClientError) as error:
            raise WorkflowUnavailable(f"starting {name}: {error}") from error

    def stop(self, execution_arn: str, *, error: str, cause: str) -> bool:
        """End an execution, with everything that waits inside it.

        Args:
            execution_arn: which.
            error: the name that the console shows.
            cause: what it shows for operators.

        Returns:
            Whether it was running.
        """
        try:
            if self.describe(execution_arn).status != "RUNNING":
                return False
            self._client.stop_execution(executionArn=execution_arn, error=error, cause=cause)
        except (ExecutionMissing, self._client.exceptions.ExecutionDoesNotExist):
            return False
        except (BotoCoreError, ClientError) as failure:
            raise WorkflowUnavailable(f"stopping {execution_arn}: {failure}") from failure
        return True

    def describe(self, execution_arn: str) -> Execution:
        """Look at an execution.

        Raises:
            ExecutionMissing: there is none of that ARN.
        """
        try:
            answer = self._client.describe_execution(executionArn=execution_arn)
        except self._client.exceptions.ExecutionDoesNotExist as error:
            raise ExecutionMissing(execution_arn) from error
        except (BotoCoreError, ClientError) as error:
            raise WorkflowUnavailable(f"describing {execution_arn}: {error}") from error
        return Execution(
            status=answer["status"],
            input=answer.get("input", ""),
            error=answer.get("error"),
            cause=answer.get("cause"),
            stopped_at=answer.get("stopDate"),
        )
