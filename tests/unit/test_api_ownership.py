"""No route of the API shows, guesses or touches another user's job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from functions.api.handler import app
from tests.unit.api_support import ANA, BEN, BUCKET, LARGE_JOB, Api, api

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["api"]  # a fixture is found by its name

# From the resolver, so that a route is held to it without being named here.
OF_A_JOB = [
    (route.method, route.path)
    for route in app._static_routes + app._dynamic_routes
    if "<job_id>" in route.path
]
UNKNOWN = "01JD8Y0000000000000000000Z"


def at(path: str, job_id: str) -> str:
    return path.replace("<job_id>", job_id)


def test_there_are_routes_of_jobs_and_each_names_its_job_alike() -> None:
    assert OF_A_JOB
    variables = {name for _, path in OF_A_JOB for name in re.findall("<(.*?)>", path)}
    assert variables == {"job_id"}


@pytest.mark.parametrize(("method", "path"), OF_A_JOB)
def test_the_owner_reaches_the_job(api: Api, method: str, path: str) -> None:
    job_id = api.create(LARGE_JOB)["job_id"]
    assert api.call(method, at(path, job_id)).code != "job_not_found"


def foreign(api: Api) -> str:
    return str(api.create(LARGE_JOB, user=BEN)["job_id"])


def missing(api: Api) -> str:
    del api
    return UNKNOWN


def deleted(api: Api) -> str:
    job_id = str(api.create(LARGE_JOB)["job_id"])
    api.jobs.delete(ANA, job_id)
    return job_id


def malformed(api: Api) -> str:
    return foreign(api).lower()


# Who deletes a job may do so again, to finish what broke off.
NOT_THERE = [
    (method, path, job_of)
    for method, path in OF_A_JOB
    for job_of in (foreign, missing, deleted, malformed)
    if (method, path, job_of) != ("DELETE", "/jobs/<job_id>", deleted)
]


@pytest.mark.parametrize(("method", "path", "job_of"), NOT_THERE)
def test_a_job_that_is_not_the_callers_is_not_there(
    api: Api, method: str, path: str, job_of: Callable[[Api], str]
) -> None:
    job_id = job_of(api)
    before = (api.jobs.get(BEN, job_id), _uploads(api))
    # Neither with a body that is valid nor with one that is not: it is not even read.
    bodies = ({"part_numbers": [1]}, {"parts": [{"part_number": 1, "etag": "0"}]}, {"other": 1})
    replies = [api.call(method, at(path, job_id), body) for body in bodies]
    assert {(reply.status, reply.code) for reply in replies} == {(404, "job_not_found")}
    assert all(reply.body == replies[0].body for reply in replies)
    assert (api.jobs.get(BEN, job_id), _uploads(api)) == before


def test_what_a_request_says_of_its_user_is_not_believed(api: Api) -> None:
    headers = {"x-user-id": BEN, "x-amzn-user": BEN}
    assert api.call("POST", "/jobs", {**LARGE_JOB, "user_id": BEN}).code == "body_invalid"
    job_id = api.call("POST", "/jobs", LARGE_JOB, headers=headers).body["job"]["job_id"]
    assert api.jobs.get(BEN, job_id) is None
    assert api.jobs.get(ANA, job_id) is not None


def _uploads(api: Api) -> list[str]:
    return [u["UploadId"] for u in api.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]
