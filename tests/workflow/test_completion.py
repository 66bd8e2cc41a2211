"""The job's row after a successful execution, and after one that no longer owns it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.workflow.script import Script
from tests.workflow.workflow import SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.workflow.workflow import Execution, Workflow


@pytest.mark.parametrize("confidence", [0.875, None])
def test_a_completed_job_has_its_figures_and_no_error(
    workflow: Workflow, confidence: float | None
) -> None:
    execution = workflow.claim(
        Script(language="auto", chunk_count=2, heard=("es", 0.5), confidence=confidence)
    )
    # A redriven execution goes on where an earlier run of it had failed.
    before = workflow.jobs.fail(
        *execution.job, execution_arn=execution.arn, error_name="WorkerLost", message="lost"
    )

    workflow.run(execution)
    execution.succeeded()

    after = workflow.row(execution)
    assert before.pop("error") == {"name": "WorkerLost", "message": "lost"}
    assert after["updated_at"] > before["updated_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", after["updated_at"])
    assert after == {
        **before,
        "status": "COMPLETED",
        "updated_at": after["updated_at"],
        "result": {
            "language": "es",
            "language_probability": 0.5,
            "duration_seconds": 1200,
            "word_count": 3068,
            "confidence": confidence,
            "gap_count": 2,
            "gap_seconds": 12.5,
            "doubtful_count": 3,
            "no_speech": False,
            "cost_usd": 0.0375,
        },
    }


def test_a_known_language_has_no_probability_in_the_row(workflow: Workflow) -> None:
    execution = workflow.start(Script(language="en"))
    execution.succeeded()
    result = workflow.row(execution)["result"]
    assert (result["language"], result["language_probability"]) == ("en", None)


def removed(workflow: Workflow, execution: Execution) -> None:
    user_id, job_id = execution.job
    workflow.aws.client("dynamodb").delete_item(
        TableName=workflow.table, Key={"user_id": {"S": user_id}, "job_id": {"S": job_id}}
    )


def deleted(workflow: Workflow, execution: Execution) -> None:
    workflow.jobs.delete(*execution.job)


def overtaken(workflow: Workflow, execution: Execution) -> None:
    workflow.jobs.fail(
        *execution.job, execution_arn=execution.arn, error_name="WorkerLost", message="lost"
    )
    workflow.jobs.claim_attempt(
        *execution.job, attempt=2, execution_arn=f"{execution.arn}-2", source=SOURCE
    )


@pytest.mark.parametrize("happen", [removed, deleted, overtaken])
def test_an_execution_that_no_longer_owns_its_job_ends_as_superseded_and_writes_nothing(
    workflow: Workflow, happen: Callable[[Workflow, Execution], None]
) -> None:
    execution = workflow.claim(Script())
    happen(workflow, execution)
    before = workflow.jobs.get(*execution.job)

    workflow.run(execution)

    assert execution.failure()[0] == "Superseded"
    assert execution.waits() == []
    assert workflow.jobs.get(*execution.job) == before
