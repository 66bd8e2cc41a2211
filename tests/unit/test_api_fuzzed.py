"""The API holds to its own document, whatever is asked: schemathesis invents the requests."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.core.parameters import ParameterLocation

from tests.unit.api_gateway import application, signed_in
from tests.unit.api_support import BUCKET, LARGE_JOB, NEW_JOB, Api, api
from tests.unit.edge_support import create_distribution, store_signing_key
from tests.unit.jobs_support import USER, arn, complete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

__all__ = ["api"]  # a fixture is found by its name

EXAMPLES: Final = 10
"""For each operation, beside the boundaries of its every field."""

JOBS: Final = (
    "PENDING",
    "IN_PARTS",
    "EXPIRED",
    "QUEUED",
    "PROCESSING",
    "COMPLETED",
    "FAILED",
    "DELETED",
)
"""Each status, and a large recording that is being uploaded."""

DOCUMENT: Final = schemathesis.openapi.from_wsgi(
    "/openapi.json",
    application,
    config=schemathesis.Config.from_dict(
        {
            "seed": 0,
            "checks": {
                # API Gateway answers 404 to methods without a route.
                "unsupported_method": {"enabled": False},
                # What fits its schema may be more than a limit allows, or come too late.
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "302", "401", "404", "409", "422", "429"]
                },
            },
        }
    ),
)


@pytest.fixture
def states() -> Iterator[str]:
    """For each request that names a job, the state that this is in."""
    return itertools.cycle(JOBS)


@pytest.fixture(autouse=True)
def edge(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # in its mock
    """What signs links, and what forgets deleted jobs."""
    store_signing_key()
    monkeypatch.setenv("EDGE_DISTRIBUTION_ID", create_distribution())


@DOCUMENT.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    # One API serves all requests to an operation: what earlier ones left is part of the test.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_an_operation_answers_as_its_document_says(
    api: Api, states: Iterator[str], case: Case[Any]
) -> None:
    if names_a_job(case):
        case.path_parameters["job_id"] = job_in(api, next(states))
    case.call_and_validate(headers=signed_in(USER))


def names_a_job(case: Case[Any]) -> bool:
    """Whether the request names a job, and not something that is no job's id."""
    assert case.meta is not None
    path = case.meta.components.get(ParameterLocation.PATH)
    return path is not None and path.mode.is_positive and "job_id" in case.path_parameters


def job_in(api: Api, state: str) -> str:
    """Make a job, and bring it so far."""
    wished = LARGE_JOB if state == "IN_PARTS" else NEW_JOB
    job_id = str(api.create(wished, user=USER)["job_id"])
    if state == "EXPIRED":
        api.jobs.expire(USER, job_id)
    elif state == "DELETED":
        api.jobs.delete(USER, job_id)
    elif state not in {"PENDING", "IN_PARTS"}:
        work_on(api, job_id, until=state)
    return job_id


def work_on(api: Api, job_id: str, *, until: str) -> None:
    execution_arn = arn(job_id=job_id)
    api.jobs.claim_attempt(
        USER,
        job_id,
        attempt=1,
        execution_arn=execution_arn,
        source={
            "bucket": BUCKET,
            "key": f"{USER}/{job_id}/audio.mp3",
            "size_bytes": 20_000_000,
            "etag": "0123",
            "version_id": None,
        },
    )
    if until == "QUEUED":
        return
    api.jobs.mark_processing(USER, job_id, execution_arn=execution_arn)
    api.jobs.record_chunk_count(USER, job_id, execution_arn=execution_arn, chunk_count=3)
    if until == "COMPLETED":
        assert complete(api.jobs._rows._client, execution_arn, job_id)
    elif until == "FAILED":
        api.jobs.fail(
            USER, job_id, execution_arn=execution_arn, error_name="OutOfMemory", message=""
        )
