"""deadLetters: the token of a chunk that no worker answered for is ended, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import ANY, Stubber

from functions.dead_letters import handler as function
from tests.unit.jobs_support import JOB, USER, arn
from tests.unit.lambda_support import Context, batch, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAC = {"bucket": "work", "key": f"{USER}/{JOB}/chunks/0003.flac"}
MESSAGE: dict[str, Any] = {
    "version": 1,
    "task_token": "token-1",
    "task": {
        "version": 1,
        "kind": "transcribe",
        "user_id": USER,
        "job_id": JOB,
        "attempt": 1,
        "execution_arn": arn(),
        "index": 3,
        "time_range": "00:30:00–00:40:00",
        "audio": FLAC,
        "start_sample": 0,
        "end_sample": 16_000,
        "language": "en",
        "vocabulary": "",
        "result": FLAC,
        "outcome": FLAC,
    },
}


@pytest.fixture
def step_functions() -> Iterator[Stubber]:
    function._callbacks.cache_clear()
    with Stubber(function._callbacks()._client) as stubber:
        yield stubber
    function._callbacks.cache_clear()


def test_the_waiting_state_fails_as_worker_lost(step_functions: Stubber) -> None:
    expected = {"taskToken": "token-1", "error": "WorkerLost", "cause": ANY}
    step_functions.add_response("send_task_failure", {}, expected)
    assert kept(function.handler(batch(MESSAGE), Context())) == []
    step_functions.assert_no_pending_responses()


@pytest.mark.parametrize("answer", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_nobody_waits_for_is_done(answer: str, step_functions: Stubber) -> None:
    step_functions.add_client_error("send_task_failure", answer)
    assert kept(function.handler(batch(MESSAGE), Context())) == []


def test_a_service_that_does_not_answer_keeps_the_message(step_functions: Stubber) -> None:
    step_functions.add_client_error("send_task_failure", "ServiceUnavailable")
    assert kept(function.handler(batch(MESSAGE), Context())) == ["message-0"]


def test_what_is_no_chunk_message_stays_for_the_operators_and_off_the_logs(
    step_functions: Stubber,  # noqa: ARG001  # no call is expected of it
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = MESSAGE | {"task": {}, "task_token": "secret-token"}
    event = batch(secret, '{"task_token": "secret-token"')
    assert kept(function.handler(event, Context())) == ["message-0", "message-1"]
    assert "secret-token" not in capsys.readouterr().out
