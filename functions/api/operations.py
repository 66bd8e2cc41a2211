"""What the API can do: a table of operations, each with its handler, its shapes and problems.

The routes that are served, those of the template and those of the OpenAPI document are all
these; tests hold them together.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler.api_gateway import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions import runtime
from functions.api import bodies, caller, queries
from functions.api.ownership import own_job
from functions.api.problems import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from scribe.jobs import Job

    from functions.api.caller import Caller

# Answers hold signed addresses and personal data; nothing between may keep them.
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

IDEMPOTENCY_KEY: Final = "[!-~]{1,255}"
"""What the header Idempotency-Key may hold, as a regular expression."""

OF_EVERY_ROUTE: Final = frozenset({Code.UNAUTHENTICATED, Code.INTERNAL_ERROR, Code.UNAVAILABLE})
OF_A_PUBLIC_ROUTE: Final = frozenset({Code.INTERNAL_ERROR})
OF_A_JOB: Final = frozenset({Code.JOB_NOT_FOUND})
OF_A_QUERY: Final = frozenset({Code.QUERY_INVALID})
OF_A_BODY: Final = frozenset(
    {
        Code.BODY_NOT_JSON,
        Code.BODY_TOO_LARGE,
        Code.BODY_TYPE_UNSUPPORTED,
        Code.BODY_INVALID,
    }
)


@dataclass(frozen=True)
class Request:
    """A request that belongs to a session, its body and its query string checked.

    Attributes:
        caller: whose it is.
        body: as the operation's schema describes it; None where it takes none.
        query: the query string's parameters, as the operation's schema describes them.
        headers: by their names in lower case.
        context: of the call, for its remaining time.
    """

    caller: Caller
    body: Any
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    context: LambdaContext
    _job: Job | None

    @property
    def job(self) -> Job:
        """The caller's job that the path names.

        Raises:
            LookupError: the path names none.
        """
        if self._job is None:
            raise LookupError("the operation's path has no {job_id}")
        return self._job


@dataclass(frozen=True)
class Answer:
    """An answer: its body is described by the operation's schema for its status."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Attributes:
        name: of its handler; unique.
        group: the module that its handler stands in, by its dotted name.
        summary: what it does, in a sentence.
        description: what else a caller should know; may be empty.
        method: in capitals.
        path: with its variables in braces.
        request: the name of the body's schema; None where it takes no body.
        query: the name of the query string's schema; None where it takes no parameters.
        answers: the names of the answers' schemas, by status.
        problems: all that it may answer beside them.
        public: whether it is open to requests without a session.
    """

    name: str
    group: str
    summary: str
    description: str
    method: str
    path: str
    request: str | None
    query: str | None
    answers: Mapping[int, str]
    problems: frozenset[Code]
    public: bool = False


class Operations:
    """One group of operations."""

    def __init__(self) -> None:
        self.router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]  # Powertools' own
        self.all: list[Operation] = []

    def add(  # noqa: PLR0913  # all but two by name
        self,
        method: str,
        path: str,
        *,
        request: str | None = None,
        query: str | None = None,
        answers: Mapping[int, str],
        problems: frozenset[Code] = frozenset(),
        deleted_too: bool = False,
    ) -> Callable[[Callable[[Request], Answer]], Callable[[Request], Answer]]:
        """Make a function the handler of a method and a path.

        A path with `{job_id}` names a job of the caller: the handler is called with that job
        in its request, or not at all.

        Args:
            method: in capitals.
            path: with its variables in braces.
            request: the name of the body's schema.
            query: the name of the query string's schema.
            answers: the names of the answers' schemas, by status.
            problems: what it may answer beside them, and beside what every route may.
            deleted_too: whether the job may be a tombstone.
        """
        of_a_job = "{job_id}" in path

        def register(handle: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
            summary, description = _said_of(handle)
            operation = Operation(
                name=handle.__name__,
                group=handle.__module__,
                summary=summary,
                description=description,
                method=method,
                path=path,
                request=request,
                query=query,
                answers=answers,
                problems=problems
                | OF_EVERY_ROUTE
                | (OF_A_JOB if of_a_job else frozenset())
                | (OF_A_QUERY if query else frozenset())
                | (OF_A_BODY if request else frozenset()),
            )

            def serve(**variables: str) -> Response[str]:
                request = self._request(operation, variables, deleted_too=deleted_too)
                return _response(handle(request))

            self._serve(operation, serve)
            return handle

        return register

    def add_public(
        self, path: str, *, answer: str
    ) -> Callable[[Callable[[], Answer]], Callable[[], Answer]]:
        """Make a function the handler of GET and a path, for everybody.

        No authorizer looks at such a request, neither for a session nor for the edge's secret.
        So the handler is not given the request: what it answers can depend on nobody.

        Args:
            path: without variables.
            answer: the name of the answer's schema.
        """

        def register(handle: Callable[[], Answer]) -> Callable[[], Answer]:
            summary, description = _said_of(handle)
            operation = Operation(
                name=handle.__name__,
                group=handle.__module__,
                summary=summary,
                description=description,
                method="GET",
                path=path,
                request=None,
                query=None,
                answers={200: answer},
                problems=OF_A_PUBLIC_ROUTE,
                public=True,
            )
            self._serve(operation, lambda: _response(handle()))
            return handle

        return register

    def _serve(self, operation: Operation, serve: Callable[..., Response[str]]) -> None:
        self.all.append(operation)
        path = operation.path.replace("{", "<").replace("}", ">")
        self.router.route(path, operation.method)(serve)

    def _request(
        self, operation: Operation, variables: Mapping[str, str], *, deleted_too: bool
    ) -> Request:
        event = self.router.current_event.raw_event
        who = caller.of(event)
        runtime.logger.append_keys(user_id=who.user_id)
        # Before the body is read: what a stranger gets must not depend on what is sent.
        job_id = variables.get("job_id")
        job = None if job_id is None else own_job(who, job_id, deleted_too=deleted_too)
        return Request(
            caller=who,
            query=queries.read(event, operation.query) if operation.query else {},
            body=bodies.read(event, operation.request) if operation.request else None,
            headers=event.get("headers", {}),
            context=self.router.lambda_context,
            _job=job,
        )


def _said_of(handle: Callable[..., Answer]) -> tuple[str, str]:
    summary, _, description = (inspect.getdoc(handle) or "").partition("\n\n")
    return summary, description


def _response(answer: Answer) -> Response[str]:
    return Response(
        status_code=answer.status,
        content_type="application/json",
        headers={**HEADERS, **answer.headers},
        body=json.dumps(answer.body, ensure_ascii=False),
    )
