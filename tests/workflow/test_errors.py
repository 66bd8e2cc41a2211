"""Every error that the state machine names: which are retried, after which waits, which never.

Nothing of the local AWS is ever short of capacity: functions and callbacks bring the names
with which AWS reports that, since a Retry looks at nothing but the name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from botocore.exceptions import ClientError
from scribe import errors

from tests.template.template import Template, states
from tests.workflow.script import (
    ASSEMBLE,
    DETECT,
    FIRST_CHUNK,
    PREPARE,
    Script,
    Unstored,
    always,
    named,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.workflow.workflow import Execution, Workflow

Runs = dict[tuple[str, str, str], "Execution"]

PREPARING: Final = (
    errors.AudioEmpty,
    errors.AudioMissing,
    errors.AudioUnreadable,
    errors.NoAudioTrack,
    errors.AudioTooLong,
    errors.AudioTooLarge,
    errors.ShapeInvalid,
    errors.Superseded,
)
WORKING: Final = (
    errors.AudioUnreadable,
    errors.LanguageUnsupported,
    errors.ShapeInvalid,
    errors.Superseded,
)
PERMANENT: Final = (
    *((PREPARE, error.__name__) for error in PREPARING),
    *((DETECT, error.__name__) for error in WORKING),
    *((FIRST_CHUNK, error.__name__) for error in WORKING),
    (ASSEMBLE, "ShapeInvalid"),
    (ASSEMBLE, "Superseded"),
)
PERMANENT_OF_CONTAINERS: Final = tuple(
    (part, name) for part, name in PERMANENT if part in {DETECT, FIRST_CHUNK}
)
UNNAMED: Final = "RuntimeError"
TRANSIENT: Final = (
    (PREPARE, "PreparationInterrupted"),
    (PREPARE, "StorageUnavailable"),
    (PREPARE, UNNAMED),
    (DETECT, "WorkerLost"),
    (DETECT, "TranscriptionFailed"),
    (FIRST_CHUNK, "WorkerLost"),
    (FIRST_CHUNK, "OutOfMemory"),
    (FIRST_CHUNK, "TranscriptionFailed"),
    (FIRST_CHUNK, "StorageUnavailable"),
    (FIRST_CHUNK, UNNAMED),
    (ASSEMBLE, "StorageUnavailable"),
    (ASSEMBLE, UNNAMED),
)
THROTTLED: Final = (
    (PREPARE, "Lambda.TooManyRequestsException"),
    (PREPARE, "Lambda.ServiceException"),
    (PREPARE, "Lambda.SdkClientException"),
    (ASSEMBLE, "Lambda.AWSLambdaException"),
    (DETECT, "SQS.AmazonSQSException"),
    (FIRST_CHUNK, "SQS.AmazonSQSException"),
)

WAITS: Final = [300, 1500, 7500]
"""5, 25 and 125 minutes."""

# Neither is ever short of capacity here, and no function or callback can bring their names
# to the states that call them.
NOT_REACHED: Final = {"ECS.AmazonECSException", "DynamoDB.AmazonDynamoDBException"}


def failing(part: str, raised: Iterable[Exception]) -> Script:
    """Two chunks where the language has to be detected first, else one."""
    if part == DETECT:
        return Script(language="auto", chunk_count=2, failing={part: raised})
    return Script(failing={part: raised})


@pytest.fixture(scope="module")
def runs(fleet: Workflow, tasks: Workflow) -> Runs:
    """One execution for each way to fail, all at once: they mostly wait."""

    def refuse(workflow: Workflow, part: str, name: str) -> Execution:
        return workflow.start(failing(part, always(errors.BY_NAME[name]("as scripted"))))

    def fail(part: str, name: str) -> Execution:
        return fleet.start(failing(part, always(named(name))))

    return {
        **{("fleet", *case): refuse(fleet, *case) for case in PERMANENT},
        **{("task", *case): refuse(tasks, *case) for case in PERMANENT_OF_CONTAINERS},
        **{("fleet", *case): fail(*case) for case in (*TRANSIENT, *THROTTLED)},
        **{
            ("task", part, type(error).__name__): tasks.start(failing(part, always(error)))
            for part in (DETECT, FIRST_CHUNK)
            for error in (named("Killed"), Unstored())
        },
    }


@pytest.mark.parametrize(("part", "name"), PERMANENT)
def test_a_permanent_error_fails_the_execution_at_once(runs: Runs, part: str, name: str) -> None:
    execution = runs["fleet", part, name]
    error, cause = execution.failure()
    assert error == name
    assert "as scripted" in (cause or "")
    assert execution.waits() == []
    assert execution.script.parts().count(part) == 1


@pytest.mark.parametrize(("part", "name"), PERMANENT_OF_CONTAINERS)
def test_a_permanent_error_in_a_containers_outcome_fails_the_execution_at_once(
    runs: Runs, part: str, name: str
) -> None:
    execution = runs["task", part, name]
    assert execution.failure() == (name, "as scripted")
    assert execution.waits() == []
    assert execution.script.parts().count(part) == 1


@pytest.mark.parametrize(("part", "name"), TRANSIENT)
def test_a_transient_error_is_retried_after_5_25_and_125_minutes_and_then_fails(
    runs: Runs, part: str, name: str
) -> None:
    execution = runs["fleet", part, name]
    assert execution.failure()[0] == name
    assert execution.waits() == WAITS
    assert execution.script.parts().count(part) == 4


@pytest.mark.parametrize("part", [PREPARE, DETECT, FIRST_CHUNK, ASSEMBLE])
def test_transient_errors_share_their_attempts_and_the_last_may_succeed(
    fleet: Workflow, part: str
) -> None:
    three = [named("StorageUnavailable"), named("WorkerLost"), named(UNNAMED)]
    execution = fleet.start(failing(part, three))
    execution.succeeded()
    assert execution.waits() == WAITS


@pytest.mark.parametrize(("part", "name"), THROTTLED)
def test_a_lack_of_capacity_is_retried_twelve_times_within_five_minutes_each(
    runs: Runs, part: str, name: str
) -> None:
    execution = runs["fleet", part, name]
    assert execution.failure()[0] == name
    waits = execution.waits()
    assert len(waits) == 12
    assert all(0 <= wait <= min(2 * 2**n, 300) for n, wait in enumerate(waits))
    assert len(set(waits)) > 6  # full jitter


@pytest.mark.parametrize("part", [DETECT, FIRST_CHUNK])
def test_a_container_that_dies_is_a_failed_task_and_retried(runs: Runs, part: str) -> None:
    execution = runs["task", part, "Killed"]
    assert execution.failure()[0] == "States.TaskFailed"
    assert execution.waits() == WAITS
    assert execution.script.parts().count(part) == 4


@pytest.mark.parametrize("part", [DETECT, FIRST_CHUNK])
def test_a_missing_outcome_is_read_again_and_the_work_not_done_again(runs: Runs, part: str) -> None:
    execution = runs["task", part, "Unstored"]
    assert execution.failure()[0] == "S3.NoSuchKeyException"
    assert execution.waits() == WAITS
    assert execution.script.parts().count(part) == 1


def test_a_container_that_died_may_succeed_later(tasks: Workflow) -> None:
    deaths = {DETECT: [named("Killed")], "chunk 1": [named("Killed")]}
    execution = tasks.start(Script(language="auto", chunk_count=2, failing=deaths))
    execution.succeeded()
    assert execution.waits() == [300, 300]


@pytest.mark.parametrize("part", [DETECT, FIRST_CHUNK])
def test_each_retry_has_a_token_of_its_own_and_the_old_ones_are_dead(
    fleet: Workflow, runs: Runs, part: str
) -> None:
    execution = runs["fleet", part, "WorkerLost"]
    execution.failure()
    tokens = execution.script.tokens(part)
    assert len(set(tokens)) == 4
    for token in tokens:
        with pytest.raises(ClientError, match="TaskTimedOut"):
            fleet.aws.client("stepfunctions").send_task_success(taskToken=token, output="{}")


def test_every_error_that_the_state_machine_names_was_met(
    templates: dict[str, Path], fleet: Workflow, runs: Runs
) -> None:
    compiled = Template(json.loads(templates["prod"].read_text("utf-8")))
    overtaken = fleet.claim(Script())
    fleet.jobs.delete(*overtaken.job)
    fleet.run(overtaken)

    met: set[str] = set()
    for execution in (overtaken, *runs.values()):
        execution.ended()
        met |= execution.errors()

    assert met & NOT_REACHED == set()
    assert _named(compiled) - met == NOT_REACHED


def _named(compiled: Template) -> set[str]:
    return {
        name
        for _, state in states(compiled.state_machine())
        for rule in (*state.get("Retry", ()), *state.get("Catch", ()))
        for name in rule["ErrorEquals"]
    }
