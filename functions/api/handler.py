"""The HTTP API, behind its authorizer: makes jobs and answers for them.

Input: a request of the HTTP API (payload format 2.0), the session under
`requestContext.authorizer.lambda`. Output: a response, JSON or a problem document. What there
is to ask stands in `OPERATIONS`; each group of routes is a module.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver, Response
from scribe.errors import StorageUnavailable
from scribe.executions import WorkflowUnavailable
from scribe.jobs import JobMissing
from scribe.refreshed import FetchFailed
from scribe.uploads import UploadGone

from functions import runtime
from functions.api import changes, documentation, downloads, jobs, me, problems, uploads
from functions.api.operations import HEADERS
from functions.api.problems import Code, Problem

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.api.operations import Operation, Operations

_DESCRIBED: Final[tuple[Operations, ...]] = (
    uploads.operations,
    jobs.operations,
    changes.operations,
    downloads.operations,
    me.operations,
)
_GROUPS: Final = (*_DESCRIBED, documentation.describing(_DESCRIBED))

OPERATIONS: Final[tuple[Operation, ...]] = tuple(
    operation for group in _GROUPS for operation in group.all
)

_CHANGED: Final = {UploadGone: Code.UPLOAD_GONE, JobMissing: Code.JOB_NOT_FOUND}

app: Final = APIGatewayHttpResolver()
for _group in _GROUPS:
    app.include_router(_group.router)


@runtime.entry_point
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)


def _answer_error(error: Exception) -> Response[str]:
    if isinstance(error, Problem):
        problem = error
        runtime.logger.info("request refused", extra={"code": problem.code.code})
    elif isinstance(error, (UploadGone, JobMissing)):
        # The job changed between two steps of the request.
        problem = Problem(_CHANGED[type(error)])
    elif isinstance(error, (StorageUnavailable, WorkflowUnavailable, FetchFailed)):
        problem = Problem(Code.UNAVAILABLE, retry_seconds=5)
        runtime.logger.warning("%s: %s", type(error).__name__, error)
    else:
        problem = Problem(Code.INTERNAL_ERROR)
        runtime.logger.exception("the request broke")
    return Response(
        status_code=problem.code.status,
        content_type=problems.CONTENT_TYPE,
        headers={**HEADERS, **problem.headers},
        body=json.dumps(problem.document()),
    )


def _answer_no_route(_error: Exception) -> Response[str]:
    # The resolver takes no path for a job's in which the id has characters that no id has.
    of_a_job = "{job_id}" in app.current_event.raw_event.get("routeKey", "")
    return _answer_error(Problem(Code.JOB_NOT_FOUND if of_a_job else Code.ROUTE_NOT_FOUND))


app.exception_handler(Exception)(_answer_error)
app.not_found(_answer_no_route)
