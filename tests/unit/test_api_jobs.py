"""The caller's jobs over HTTP: the list of them, and each in full."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from scribe import errors, schemas
from scribe.adapters import aws
from scribe.adapters.chunk_progress import ChunkProgress

from functions.api import cursors
from functions.api.problems import Code, Problem
from tests.unit.api_support import BEN, LARGE_JOB, NEW_JOB, Api, api
from tests.unit.jobs_support import JOB, RESULT, SOURCE, TABLE, USER, arn, complete

if TYPE_CHECKING:
    from collections.abc import Callable

CURSOR = cursors.after(JOB, USER, None)

__all__ = ["api"]  # a fixture is found by its name

SECRETS = ("example.com", "arn:", "audio.mp3", "a text for operators", "upload_id")
"""What stands in rows and is nobody's business outside: the owner knows the address."""


def get(api: Api, path: str, *, user: str = USER) -> Any:  # noqa: ANN401 - the schema is the type
    reply = api.call("GET", path, user=user)
    assert reply.status == 200, reply.body
    return reply.body


def listed(api: Api, query: str = "", *, user: str = USER) -> list[str]:
    """The ids of the first page."""
    return [job["job_id"] for job in get(api, f"/jobs{query}", user=user)["jobs"]]


def pending(api: Api) -> str:
    return str(api.create(user=USER)["job_id"])


def queued(api: Api) -> str:
    job_id = pending(api)
    api.jobs.claim_attempt(USER, job_id, attempt=1, execution_arn=arn(1, job_id), source=SOURCE)
    return job_id


def preparing(api: Api) -> str:
    job_id = queued(api)
    api.jobs.mark_processing(USER, job_id, execution_arn=arn(1, job_id))
    return job_id


def transcribing(api: Api) -> str:
    job_id = preparing(api)
    execution = arn(1, job_id)
    api.jobs.record_chunk_count(USER, job_id, execution_arn=execution, chunk_count=3)
    for index in (0, 2, 2):
        ChunkProgress(aws.dynamodb(), TABLE).record(
            USER, job_id, execution_arn=execution, index=index
        )
    return job_id


def completed(api: Api) -> str:
    job_id = transcribing(api)
    assert complete(aws.dynamodb(), arn(1, job_id), job_id)
    return job_id


def failed(api: Api, error_name: str = "WorkerLost") -> str:
    job_id = transcribing(api)
    api.jobs.fail(
        USER,
        job_id,
        execution_arn=arn(1, job_id),
        error_name=error_name,
        message="a text for operators",
    )
    return job_id


def expired(api: Api) -> str:
    job_id = pending(api)
    api.jobs.expire(USER, job_id)
    return job_id


STATES = [pending, queued, preparing, transcribing, completed, failed, expired]


@pytest.mark.parametrize("state", STATES)
def test_a_list_shows_a_job_as_it_is_shown_by_itself(api: Api, state: Callable[[Api], str]) -> None:
    job_id = state(api)
    alone, (of_list,) = get(api, f"/jobs/{job_id}"), get(api, "/jobs")["jobs"]
    # Some milliseconds lie between the two estimates.
    assert (alone.pop("seconds_left") is None) == (of_list.pop("seconds_left") is None)
    assert of_list == alone
    assert not [secret for secret in SECRETS if secret in json.dumps(alone)]


def test_a_job_at_work_tells_how_far_it_is(api: Api) -> None:
    job = get(api, f"/jobs/{transcribing(api)}")
    assert (job["status"], job["step"], job["attempt"]) == ("PROCESSING", "transcribing", 1)
    assert job["chunks"] == {"done": 2, "total": 3}
    assert job["progress"] == pytest.approx(0.65)
    assert job["seconds_left"] >= 0
    assert (job["error"], job["result"], job["feedback"]) == (None, None, None)


def test_a_completed_job_tells_what_came_of_it(api: Api) -> None:
    job = get(api, f"/jobs/{completed(api)}")
    assert (job["status"], job["step"], job["progress"]) == ("COMPLETED", None, 1)
    assert job["chunks"] == {"done": 3, "total": 3}
    assert job["result"] == RESULT
    assert job["error"] is None


def test_what_the_owner_thinks_of_it_is_shown(api: Api) -> None:
    job_id = completed(api)
    feedback = {"rating": 4, "comment": "¡Bien!", "at": "2026-11-22T11:00:00.000Z"}
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": USER}, "job_id": {"S": job_id}},
        UpdateExpression="SET feedback = :feedback",
        ExpressionAttributeValues={
            ":feedback": {
                "M": {
                    "rating": {"N": "4"},
                    "comment": {"S": "¡Bien!"},
                    "at": {"S": feedback["at"]},
                }
            }
        },
    )
    assert get(api, f"/jobs/{job_id}")["feedback"] == feedback
    assert get(api, "/jobs")["jobs"][0]["feedback"] == feedback


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AudioUnreadable", "AudioUnreadable"),
        ("TimedOut", "TimedOut"),
        ("KeyError", "Unknown"),
        ("States.DataLimitExceeded", "Unknown"),
    ],
)
def test_a_failed_job_tells_why_by_a_stable_name(api: Api, name: str, code: str) -> None:
    job = get(api, f"/jobs/{failed(api, name)}")
    assert (job["status"], job["step"], job["progress"]) == ("FAILED", None, None)
    assert job["error"] == {"code": code}


def test_the_codes_of_failures_are_published() -> None:
    described = schemas.load("api-job")["properties"]["error"]["anyOf"][0]
    assert described["properties"]["code"]["enum"] == list(errors.CODES)


def test_the_newest_job_comes_first_and_nobody_elses_at_all(api: Api) -> None:
    own = [pending(api) for _ in range(3)]
    api.create(user=BEN)
    assert listed(api) == sorted(own, reverse=True)


def test_deleted_jobs_are_not_listed(api: Api) -> None:
    kept, deleted = pending(api), pending(api)
    api.jobs.delete(USER, deleted)
    assert listed(api) == [kept]


def test_pages_follow_one_another_by_their_cursors(api: Api) -> None:
    own = {api.create(LARGE_JOB, user=USER)["job_id"] for _ in range(5)}
    met: list[str] = []
    page = get(api, "/jobs?limit=2")
    while page["next_cursor"] is not None:
        met += [job["job_id"] for job in page["jobs"]]
        page = get(api, f"/jobs?limit=2&cursor={page['next_cursor']}")
    met += [job["job_id"] for job in page["jobs"]]
    assert met == sorted(own, reverse=True)


def test_a_list_may_be_of_one_status(api: Api) -> None:
    pending(api)
    lost, done = failed(api), completed(api)
    assert listed(api, "?status=FAILED") == [lost]
    assert listed(api, "?status=COMPLETED") == [done]
    assert listed(api, "?status=EXPIRED") == []


def test_a_list_may_be_of_a_name_in_any_case_and_composition(api: Api) -> None:
    name = "Reunión 3, Straße 🎙 a+b 100%.mp3"
    wanted = api.create({**NEW_JOB, "file_name": name}, user=USER)["job_id"]
    other = pending(api)
    for part in ("reunión", "REUNIÓN", "Reunio\u0301n", "ón 3", "🎙", "STRASSE", "100%", "a+b"):
        assert listed(api, f"?q={quote(part)}") == [wanted]
    assert set(listed(api, "?q=")) == {wanted, other}


def cursor_of(api: Api, query: str = "", *, user: str = USER) -> str:
    for _ in range(2):
        api.create(user=user)
    cursor: str = get(api, f"/jobs?limit=1{query}", user=user)["next_cursor"]
    return cursor


def test_the_limit_may_change_between_pages(api: Api) -> None:
    cursor = cursor_of(api)
    assert len(listed(api, f"?limit=5&cursor={cursor}")) == 1


def test_a_cursor_is_of_no_use_to_another_user(api: Api) -> None:
    foreign = cursor_of(api, user=BEN)
    reply = api.call("GET", f"/jobs?cursor={foreign}", user=USER)
    assert (reply.status, reply.code) == (422, "cursor_invalid")


def test_a_cursor_is_of_no_use_to_another_list(api: Api) -> None:
    cursor = cursor_of(api, "&status=PENDING&q=meeting")
    for query in ("", "&status=FAILED&q=meeting", "&status=PENDING&q=meetin", "&q=meeting"):
        reply = api.call("GET", f"/jobs?cursor={cursor}{query}", user=USER)
        assert (reply.status, reply.code) == (422, "cursor_invalid")


def test_a_cursor_names_the_place_that_it_was_made_for() -> None:
    assert cursors.read(CURSOR, USER, None) == JOB


@pytest.mark.parametrize(
    "spoilt",
    [
        CURSOR[:-1],
        CURSOR[:-4],
        CURSOR + "AAAA",
        CURSOR + "=",
        CURSOR + "\n",
        " " + CURSOR,
        "A" + CURSOR[1:],
        CURSOR[:-4] + "AAAA",
        CURSOR.lower(),
        "A",
        "ñ",
        "_" * 48,
        JOB,
    ],
)
def test_a_cursor_that_the_api_did_not_make_is_refused(spoilt: str) -> None:
    with pytest.raises(Problem) as refused:
        cursors.read(spoilt, USER, None)
    assert refused.value.code is Code.CURSOR_INVALID


MEANINGLESS = (
    "limit=0",
    "limit=101",
    "limit=abc",
    "limit=1&limit=2",
    "status=DELETED",
    "cursor=",
    "colour=red",
    "user_id=user_2ben",
)


def test_a_query_that_means_nothing_is_refused(api: Api) -> None:
    for query in MEANINGLESS:
        reply = api.call("GET", f"/jobs?{query}", user=USER)
        assert (reply.status, reply.code) == (422, "query_invalid")
        assert reply.body["errors"][0]["pointer"] == f"/{query.partition('=')[0]}"
