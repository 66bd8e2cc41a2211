"""A redrive in the console, a replay by an operator, and both at once: one job, one truth."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest
from scribe import errors
from scribe.adapters import workflow as adapter
from scribe.adapters.attempts import Attempts
from scribe.jobs import AttemptRefused

from tests.local import machines
from tests.workflow.script import ASSEMBLE, FIRST_CHUNK, PREPARE, Script

if TYPE_CHECKING:
    from scribe.jobs import Job

    from tests.workflow.workflow import Execution, Workflow

TRIES: Final = 4


def failed(
    workflow: Workflow, part: str = FIRST_CHUNK, error: type[Exception] = errors.WorkerLost
) -> Execution:
    """A job whose part failed once for good, or as often as it is tried, and then would not."""
    count = 1 if issubclass(error, errors.PermanentError) else TRIES
    failing = {part: [error("as the script says")] * count}
    execution = workflow.start(Script(chunk_count=3, failing=failing))
    execution.failure()
    workflow.jobs.fail(
        *execution.job, execution_arn=execution.arn, error_name=error.__name__, message=""
    )
    return execution


def redrive(execution: Execution) -> None:
    execution.aws.client("stepfunctions").redrive_execution(executionArn=execution.arn)


def replay(workflow: Workflow, job: Job) -> Job:
    steps = adapter.Workflow(workflow.aws.client("stepfunctions"))
    return Attempts(workflow.jobs, steps, workflow.machine).another(job)


def test_a_redrive_runs_the_failed_chunk_and_those_aborted_with_it(workflow: Workflow) -> None:
    execution = failed(workflow)
    before = Counter(execution.script.parts())
    iterations = [
        event["mapIterationSucceededEventDetails"]["index"]
        for event in machines.history(workflow.aws, execution.arn)
        if event["type"] == "MapIterationSucceeded"
    ]

    redrive(execution)
    execution.succeeded()

    again = Counter(execution.script.parts()) - before
    unfinished = {f"chunk {index}" for index in range(3)} - {f"chunk {i}" for i in iterations}
    assert again == Counter({ASSEMBLE: 1, **dict.fromkeys(unfinished, 1)})
    assert FIRST_CHUNK in unfinished
    assert len(execution.script.documents(ASSEMBLE)[-1]["results"]) == 3
    assert workflow.row(execution)["status"] == "COMPLETED"


def test_a_redrive_of_the_assembly_transcribes_nothing_again(workflow: Workflow) -> None:
    execution = failed(workflow, ASSEMBLE)
    redrive(execution)
    execution.succeeded()
    assert Counter(execution.script.parts()) == Counter(
        {PREPARE: 1, "chunk 0": 1, "chunk 1": 1, "chunk 2": 1, ASSEMBLE: TRIES + 1}
    )


def test_a_chunk_that_its_own_task_gave_up_for_good_is_helped_by_a_replay_alone(
    tasks: Workflow,
) -> None:
    # A redrive begins at the state that failed, which is a Fail state there.
    execution = failed(tasks, error=errors.ShapeInvalid)
    redrive(execution)
    assert execution.failure()[0] == "ShapeInvalid"
    queued = replay(tasks, tasks.row(execution))
    assert machines.ended(tasks.aws, queued["execution_arn"])["status"] == "SUCCEEDED"


def test_a_replay_is_an_execution_of_its_own_from_the_start(fleet: Workflow) -> None:
    execution = failed(fleet)
    queued = replay(fleet, fleet.row(execution))
    assert queued["execution_arn"] == f"{execution.arn}-2"
    assert machines.ended(fleet.aws, queued["execution_arn"])["status"] == "SUCCEEDED"
    assert len(execution.script.documents(PREPARE)) == 2
    assert execution.script.documents(ASSEMBLE)[0]["attempt"] == 2
    row = fleet.row(execution)
    assert (row["status"], row["attempt"]) == ("COMPLETED", 2)


def test_a_replay_is_refused_while_a_redrive_runs(fleet: Workflow) -> None:
    execution = failed(fleet)
    stale = fleet.row(execution)
    execution.script.silent = frozenset({FIRST_CHUNK})
    redrive(execution)
    with pytest.raises(AttemptRefused, match="RUNNING"):
        replay(fleet, stale)
    assert fleet.row(execution) == stale
    fleet.aws.client("stepfunctions").stop_execution(executionArn=execution.arn)


def test_a_redrive_after_a_replay_ends_as_superseded_and_changes_nothing(fleet: Workflow) -> None:
    execution = failed(fleet)
    queued = replay(fleet, fleet.row(execution))
    assert machines.ended(fleet.aws, queued["execution_arn"])["status"] == "SUCCEEDED"
    completed = fleet.row(execution)

    redrive(execution)

    assert execution.failure()[0] == "Superseded"
    assert fleet.row(execution) == completed
