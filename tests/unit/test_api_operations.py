"""The API's table of operations, its callers, its bodies, and what is wrong with a request."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from scribe import schemas
from scribe.errors import StorageUnavailable

from functions.api.handler import OPERATIONS, app
from functions.api.problems import Code
from tests.unit.api_support import (
    ANA,
    NEW_JOB,
    Api,
    api,
    operation_of,
    reply_to,
    request_event,
)

if TYPE_CHECKING:
    from functions.api.operations import Operation

__all__ = ["api"]  # a fixture is found by its name


def served() -> set[tuple[str, str]]:
    """What the resolver serves, with path variables in braces."""
    return {
        (route.method, route.path.replace("<", "{").replace(">", "}"))
        for route in app._static_routes + app._dynamic_routes
    }


def test_every_route_that_is_served_is_an_operation_and_the_other_way_round() -> None:
    assert served() == {(operation.method, operation.path) for operation in OPERATIONS}
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_says_what_it_does_and_names_schemas_that_there_are(
    operation: Operation,
) -> None:
    assert re.fullmatch(r"[A-Z].*\.", operation.summary)
    named = {*operation.answers.values(), operation.request, operation.query} - {None}
    assert named <= set(schemas.names())
    assert all(200 <= status < 400 for status in operation.answers)


def test_every_code_is_published_and_belongs_to_some_operation() -> None:
    published = schemas.load("api-problem")["properties"]["code"]["enum"]
    assert sorted(published) == sorted(code.code for code in Code)
    declared = {code for operation in OPERATIONS for code in operation.problems}
    assert declared == set(Code) - {Code.ROUTE_NOT_FOUND}


def test_a_cold_start_waits_for_no_part_of_aws() -> None:
    script = "import sys, functions.api.handler; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert not {b"boto3", b"pydantic"} & set(ended.stdout.split())


def test_another_route_is_a_problem(api: Api) -> None:
    assert api.call("GET", "/elsewhere").code == "route_not_found"
    assert api.call("PATCH", "/jobs").status == 404


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if not operation.public],
    ids=lambda operation: operation.name,
)
@pytest.mark.parametrize(
    "authorizer",
    [
        pytest.param(None, id="no authorizer"),
        pytest.param({}, id="an authorizer that says nothing"),
        pytest.param({"lambda": None}, id="an authorizer without a context"),
        pytest.param({"lambda": {"email": "ana@example.com"}}, id="a context without a user"),
        pytest.param({"lambda": {"user_id": ""}}, id="an empty user"),
        pytest.param({"lambda": {"user_id": "inbox"}}, id="the inbox's own name"),
        pytest.param({"lambda": {"user_id": "a/b"}}, id="a user that would leave its prefix"),
        pytest.param({"lambda": {"user_id": ["user_2ana"]}}, id="a user that is no text"),
        pytest.param({"jwt": {"claims": {"sub": "user_2ana"}}}, id="another kind of authorizer"),
    ],
)
def test_a_request_without_a_session_is_nobodys(operation: Operation, authorizer: object) -> None:
    event = request_event(
        operation.method,
        operation.path.replace("{job_id}", "01JD8Y0000000000000000000Z"),
        user=None,
    )
    event["requestContext"]["authorizer"] = authorizer
    event["headers"]["x-user-id"] = ANA
    event["queryStringParameters"] = {"user_id": ANA}
    assert reply_to(event, operation).code == "unauthenticated"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body_not_json"),
        (b"{", "body_not_json"),
        (b"\xff", "body_not_json"),
        (b'{"size_bytes": NaN}', "body_not_json"),
        (b'{"size_bytes": 1e999}', "body_not_json"),
        (b'{"size_bytes": ' + b"9" * 5000 + b"}", "body_not_json"),
        (b'{"file_name": "\\ud800"}', "body_not_json"),
        (b"[" * 200_000, "body_not_json"),
        (b" " * (1024 * 1024 + 1), "body_too_large"),
        (
            b'{"file_name": "a", "content_type": "audio/ogg", "size_bytes": 1' + b"0" * 400 + b"}",
            "audio_too_large",
        ),
        (b"[]", "body_invalid"),
        (b"null", "body_invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:24]),
)
def test_a_body_that_is_none_is_refused_by_its_fault(api: Api, raw: bytes, code: str) -> None:
    assert api.call("POST", "/jobs", raw=raw, encoded=True).code == code


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data"])
def test_a_body_of_another_type_is_refused(api: Api, content_type: str) -> None:
    reply = api.call("POST", "/jobs", NEW_JOB, headers={"content-type": content_type})
    assert (reply.status, reply.code) == (415, "body_type_unsupported")


def test_a_body_may_come_in_base64_and_name_its_charset(api: Api) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert api.call("POST", "/jobs", NEW_JOB, headers=headers, encoded=True).status == 201


def test_broken_base64_is_no_json(api: Api) -> None:
    del api
    event = request_event("POST", "/jobs", user=ANA)
    event |= {"headers": {"content-type": "application/json"}, "isBase64Encoded": True}
    event["body"] = base64.b64encode(b"{}").decode() + "*"
    assert reply_to(event, operation_of("POST", "/jobs")).code == "body_not_json"


def test_the_faults_of_a_body_are_named_by_their_places(api: Api) -> None:
    wished = {"size_bytes": 0, "content_type": "image/png", "a/b": 1, "metadata": {"year": 2026}}
    reply = api.call("POST", "/jobs", wished)
    assert sorted((fault["pointer"], fault["code"]) for fault in reply.body["errors"]) == [
        ("/a~1b", "additionalProperties"),
        ("/content_type", "pattern"),
        ("/file_name", "required"),
        ("/metadata/year", "type"),
        ("/size_bytes", "minimum"),
    ]


def test_what_does_not_answer_is_said_to_be_away(api: Api) -> None:
    client = api.jobs._rows._client
    client.delete_table(TableName="jobs")
    reply = api.call("GET", "/me")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert int(reply.headers["Retry-After"]) > 0
    assert StorageUnavailable.__name__ not in str(reply.body)


def test_an_error_of_our_own_is_told_without_its_text(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_JOBS_PER_USER", "many")
    reply = api.call("GET", "/me")
    assert (reply.status, reply.code) == (500, "internal_error")
    assert "many" not in str(reply.body)
