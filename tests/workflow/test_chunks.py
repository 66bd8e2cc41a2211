"""Chunks that fail or never answer, and what becomes of those beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from scribe.errors import AudioUnreadable

from tests.local import machines
from tests.local.conftest import ROLE_ARN, eventually
from tests.workflow.script import ASSEMBLE, FIRST_CHUNK, Script

if TYPE_CHECKING:
    from tests.workflow.workflow import Execution, Workflow

BROKEN = AudioUnreadable("chunk 0: no FLAC frame at sample 0")


def one_fails_one_is_silent(workflow: Workflow) -> Execution:
    script = Script(chunk_count=2, failing={FIRST_CHUNK: [BROKEN]}, silent=frozenset({"chunk 1"}))
    return workflow.start(script)


def test_a_failing_chunk_fails_the_execution_by_its_name_and_aborts_the_others(
    workflow: Workflow,
) -> None:
    execution = one_fails_one_is_silent(workflow)
    assert execution.failure() == ("AudioUnreadable", str(BROKEN))
    ends = [event["type"] for event in machines.history(workflow.aws, execution.arn)]
    assert ends.count("MapIterationFailed") == 1
    assert ends.count("MapIterationAborted") == 1
    assert ends[-2:] == ["MapStateFailed", "ExecutionFailed"]
    assert ASSEMBLE not in execution.script.parts()
    assert workflow.row(execution)["status"] == "PROCESSING"


def test_the_token_of_an_aborted_chunk_is_dead(fleet: Workflow) -> None:
    execution = one_fails_one_is_silent(fleet)
    execution.failure()
    (token,) = eventually(lambda: execution.script.tokens("chunk 1"))
    with pytest.raises(ClientError, match="TaskTimedOut"):
        fleet.aws.client("stepfunctions").send_task_success(taskToken=token, output="{}")


def test_the_container_of_an_aborted_chunk_is_stopped(tasks: Workflow) -> None:
    execution = one_fails_one_is_silent(tasks)
    execution.failure()
    ecs, cluster = tasks.aws.client("ecs"), tasks.outputs["WorkersCluster"]

    def stopped() -> list[dict[str, Any]]:
        arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
        found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
        return [
            task
            for task in found
            if _chunk_task(task)["job_id"] == execution.job[1]
            and task.get("stopCode") == "UserInitiated"
        ]

    (task,) = eventually(stopped)
    assert _chunk_task(task)["index"] == 1


def _chunk_task(task: dict[str, Any]) -> dict[str, Any]:
    (override,) = task["overrides"]["containerOverrides"]
    (variable,) = override["environment"]
    chunk_task: dict[str, Any] = json.loads(variable["value"])
    return chunk_task


@pytest.fixture(scope="module")
def impatient(fleet: Workflow) -> str:
    """The same machine, except that its callbacks time out after a second, not 20 hours."""
    states = fleet.aws.client("stepfunctions")
    definition = json.loads(
        states.describe_state_machine(stateMachineArn=fleet.machine)["definition"]
    )
    chunks = definition["States"]["TranscribeChunks"]["ItemProcessor"]["States"]
    for state in (definition["States"]["DetectOnFleet"], chunks["TranscribeOnFleet"]):
        state["TimeoutSeconds"] = 1
    arn: str = states.create_state_machine(
        name="impatient", definition=json.dumps(definition), roleArn=ROLE_ARN
    )["stateMachineArn"]
    return arn


@pytest.mark.parametrize("part", ["detect", "chunk 1"])
def test_a_callback_that_never_comes_is_a_time_out_and_not_retried(
    fleet: Workflow, impatient: str, part: str
) -> None:
    script = Script(language="auto", chunk_count=2, silent=frozenset({part}))
    execution = fleet.start(script, impatient)
    assert execution.failure()[0] == "States.Timeout"
    assert execution.waits() == []
    assert script.parts().count(part) == 1
