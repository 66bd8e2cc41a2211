"""The console's server: which page a path names, and what browsers may do with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from local.console.executions import ExecutionPages
from local.console.html import element, link, page
from local.console.mailbox import MailboxPages
from local.http_api.messages import Response
from local.http_api.server import ApiServer

if TYPE_CHECKING:
    from types import TracebackType

    from local.aws import LocalAws
    from local.http_api.messages import Request

MAILBOX: Final = "/mailbox"
EXECUTIONS: Final = "/executions"

_OWN_PAGES: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
_MAILS: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    # Its links may be followed; nothing in it runs.
    "sandbox allow-downloads allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)


class Console:
    """Serves the pages on a free port of 127.0.0.1 while the context lasts.

    Args:
        aws: a running local AWS.
    """

    def __init__(self, aws: LocalAws) -> None:
        self._mailbox = MailboxPages(aws.mailbox, MAILBOX)
        self._executions = ExecutionPages(aws.client("stepfunctions"), EXECUTIONS)
        self._server = ApiServer(self._answer)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()

    @property
    def mailbox_url(self) -> str:
        """Where the mails are listed."""
        return self._server.endpoint + MAILBOX

    @property
    def executions_url(self) -> str:
        """Where the executions are listed."""
        return self._server.endpoint + EXECUTIONS

    def _answer(self, request: Request) -> Response:
        if request.header("host") not in {request.domain, _as_localhost(request.domain)}:
            # A page of another site, whose name was made to lead here, reads no mail.
            return _response(HTTPStatus.MISDIRECTED_REQUEST, page("This is another machine."))
        if request.method not in {"GET", "HEAD"}:
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, page("There is nothing to change."))
        place, _, rest = request.path.removeprefix("/").partition("/")
        if f"/{place}" == MAILBOX and rest.endswith("/html"):
            return _found(self._mailbox.html(rest.removesuffix("/html")), _MAILS)
        return _found(self._page(f"/{place}", rest))

    def _page(self, place: str, name: str) -> bytes | None:
        if place == MAILBOX:
            return self._mailbox.one(name) if name else self._mailbox.all()
        if place == EXECUTIONS:
            return self._executions.one(name) if name else self._executions.all()
        if place == "/" and not name:
            places = (link(MAILBOX, "Mailbox"), link(EXECUTIONS, "Executions"))
            return page("Local AWS", *(element("p", each) for each in places))
        return None


def _as_localhost(domain: str) -> str:
    return f"localhost:{domain.rpartition(':')[2]}"


def _found(body: bytes | None, policy: str = _OWN_PAGES) -> Response:
    if body is None:
        return _response(HTTPStatus.NOT_FOUND, page("There is no such page."))
    return _response(HTTPStatus.OK, body, policy)


def _response(status: HTTPStatus, body: bytes, policy: str = _OWN_PAGES) -> Response:
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", f"{policy}; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    )
    return Response(status, headers, body)
