"""Injects faults into API calls: between the HTTP server and the services."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any

from moto.moto_server import threaded_moto_server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local.faults import callers, strike
from local.faults.call_names import access_key_of, happening_of
from local.faults.refusals import refusal
from local.patching import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from local.context import Context
    from local.faults.callers import Caller
    from local.faults.plan import Fault

    Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


def install(context: Context) -> None:
    """Put the faults before moto's applications; without a plan moto serves as it is."""
    if context.faults is None:
        return

    def make_faulty(*args: Any) -> Application:
        return FaultyApplication(DomainDispatcherApplication(*args))

    replace(threaded_moto_server, "DomainDispatcherApplication", make_faulty)


class FaultyApplication:
    """Serves calls, or lets them meet the fault that the plan has for them.

    Args:
        serve: answers calls.
    """

    def __init__(self, serve: Application) -> None:
        self._serve = serve

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        caller = callers.find(access_key_of(environ))
        if caller is None:
            return self._serve(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        happening = happening_of(environ, body, caller.name)
        fault = None if happening is None else strike(happening)
        if fault is None:
            return self._serve(environ, start_response)
        if fault.rule.kind == "refuse":
            return refusal(fault.rule, environ, start_response)
        return self._break(fault, caller, environ, start_response)

    def _break(
        self, fault: Fault, caller: Caller, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if fault.rule.kind != "break-before":
            self._take_effect(environ)
        if fault.rule.kind == "end-caller":
            caller.end()
        connection: socket.socket = environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)
        # The server takes an answer, finds nobody to give it to, and lets the connection go.
        start_response("500 Internal Server Error", [])
        return [b""]

    def _take_effect(self, environ: WSGIEnvironment) -> None:
        def start_nothing(*_: Any, **__: Any) -> Callable[[bytes], object]:
            return lambda _: None

        for _part in self._serve(environ, start_nothing):
            pass
