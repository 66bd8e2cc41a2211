"""Answers to the waiting state of an execution, by its task token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from scribe.errors import ScribeError, StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from scribe.shapes import ChunkOutcome


class TokenDead(Exception):
    """Nobody waits for this token any more: timed out, aborted, or answered already."""


class Callbacks(Protocol):
    """Whom a waiting state's work is reported to.

    Raises:
        TokenDead: from `succeed` and `fail`, when nobody waits for the token.
        StorageUnavailable: from `succeed` and `fail`, when the answer could not be given.
    """

    def is_dead(self, token: str) -> bool:
        """Whether the token is known to be dead; False in doubt."""

    def succeed(self, token: str, outcome: ChunkOutcome) -> None:
        """The state goes on with this output."""

    def fail(self, token: str, error: ScribeError) -> None:
        """The state fails with the error's class name."""


class StepFunctionsCallbacks:
    """Callbacks to Step Functions."""

    def __init__(self, client: SFNClient) -> None:
        self._client = client

    def is_dead(self, token: str) -> bool:
        """Ask with a heartbeat: it changes nothing for a state without HeartbeatSeconds.

        InvalidToken does not count as dead here: a service may answer so when the state has
        no heartbeat to reset. The final answer shows it.
        """
        known = self._client.exceptions
        try:
            self._client.send_task_heartbeat(taskToken=token)
        except (known.TaskTimedOut, known.TaskDoesNotExist):
            return True
        except (BotoCoreError, ClientError):
            return False
        return False

    def succeed(self, token: str, outcome: ChunkOutcome) -> None:
        """SendTaskSuccess."""
        known = self._client.exceptions
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps(outcome))
        except (known.TaskTimedOut, known.TaskDoesNotExist, known.InvalidToken) as error:
            raise TokenDead(type(error).__name__) from error
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable("SendTaskSuccess was not accepted") from error

    def fail(self, token: str, error: ScribeError) -> None:
        """SendTaskFailure."""
        known = self._client.exceptions
        try:
            self._client.send_task_failure(
                taskToken=token, error=type(error).__name__, cause=str(error)[:1000]
            )
        except (known.TaskTimedOut, known.TaskDoesNotExist, known.InvalidToken) as dead:
            raise TokenDead(type(dead).__name__) from dead
        except (BotoCoreError, ClientError) as refused:
            raise StorageUnavailable("SendTaskFailure was not accepted") from refused
