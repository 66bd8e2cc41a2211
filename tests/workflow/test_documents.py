"""The documents that the state machine hands on: valid by their schemas, exact in their values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from scribe import keys, schemas

from tests.workflow.script import ASSEMBLE, DETECT, FIRST_CHUNK, PREPARE, Script
from tests.workflow.workflow import FILE_NAME

if TYPE_CHECKING:
    from tests.workflow.workflow import Execution, Workflow

VOCABULARY = 'Bogotá, Ana "la jefa" María; C:\\temp\nλ → π'
METADATA = {"case": "2026-118", 'a "key" of λ': "{% $job %}"}


@pytest.fixture(scope="module", params=["fleet", "task"])
def run(request: pytest.FixtureRequest, workflows: dict[str, Workflow]) -> Execution:
    script = Script(language="auto", chunk_count=3, vocabulary=VOCABULARY, metadata=METADATA)
    execution = workflows[request.param].start(script)
    execution.succeeded()
    return execution


def test_prepare_audio_is_given_the_executions_input_and_its_arn(run: Execution) -> None:
    (request,) = run.script.documents(PREPARE)
    schemas.validate("preparation-request", request)
    assert request == {**run.given, "execution_arn": run.arn}


def test_each_worker_is_given_its_own_valid_task(run: Execution) -> None:
    user_id, job_id = run.job
    for index in range(3):
        (task,) = run.script.documents(f"chunk {index}")
        schemas.validate("chunk-task", task)
        assert task["index"] == index
        assert task["audio"]["key"] == keys.chunk_audio(user_id, job_id, index)
        assert task["execution_arn"] == run.arn
        assert task["vocabulary"] == VOCABULARY


def test_the_detecting_worker_is_given_the_probe(run: Execution) -> None:
    (task,) = run.script.documents(DETECT)
    schemas.validate("chunk-task", task)
    assert task["audio"]["key"] == keys.probe_audio(*run.job)


def test_a_message_to_the_fleet_is_a_task_with_its_token(fleet: Workflow) -> None:
    execution = fleet.start(Script(language="auto", chunk_count=2))
    execution.succeeded()
    messages = [each.message for each in execution.script.asked if each.message is not None]
    assert len(messages) == 3
    for message in messages:
        schemas.validate("chunk-message", message)
    assert len({message["task_token"] for message in messages}) == 3


def test_the_assembly_is_given_all_that_it_needs(run: Execution) -> None:
    (request,) = run.script.documents(ASSEMBLE)
    user_id, job_id = run.job
    bucket = run.script.work_bucket
    schemas.validate("assembly-request", request)
    assert request == {
        "version": 1,
        "user_id": user_id,
        "job_id": job_id,
        "attempt": 1,
        "execution_arn": run.arn,
        "file_name": FILE_NAME,
        "metadata": METADATA,
        "language": "es",
        "language_probability": 0.98,
        "duration_seconds": 1800,
        "sample_count": 3 * 600 * 16_000,
        "preparation_seconds": 6.25,
        "results": [
            {"bucket": bucket, "key": keys.chunk_result(user_id, job_id, index)}
            for index in range(3)
        ],
        "chunk_audio": [
            {"bucket": bucket, "key": keys.chunk_audio(user_id, job_id, index)}
            for index in range(3)
        ],
    }


def test_an_execution_that_was_started_without_metadata_is_assembled_without(
    workflow: Workflow,
) -> None:
    execution = workflow.start(Script(metadata=None))
    execution.succeeded()
    (request,) = execution.script.documents(ASSEMBLE)
    schemas.validate("assembly-request", request)
    assert request["metadata"] == {}


def test_the_results_of_one_chunk_are_a_list_too(workflow: Workflow) -> None:
    execution = workflow.start(Script(chunk_count=1))
    execution.succeeded()
    (request,) = execution.script.documents(ASSEMBLE)
    schemas.validate("assembly-request", request)
    assert [result["key"] for result in request["results"]] == [
        keys.chunk_result(*execution.job, 0)
    ]


def test_results_keep_the_order_of_the_chunks_whichever_ends_first(workflow: Workflow) -> None:
    late = Script(chunk_count=3, failing={FIRST_CHUNK: [RuntimeError("try again")]})
    execution = workflow.start(late)
    execution.succeeded()
    assert late.parts()[-2:] == [FIRST_CHUNK, ASSEMBLE]
    (request,) = late.documents(ASSEMBLE)
    order = [re.findall(r"/(\d{4})\.json$", result["key"]) for result in request["results"]]
    assert order == [["0000"], ["0001"], ["0002"]]
