"""Lambda: a function runs as deployed, in warm processes that see nothing but what AWS gives."""

from __future__ import annotations

import base64
import logging
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from moto.awslambda import models
from moto.core.utils import unix_time_millis

from local.background import start
from local.context import ACCOUNT_ID, REGION
from local.faults import callers, strike
from local.faults.callers import Caller
from local.faults.plan import Happening
from local.lambda_artefacts import Artefacts
from local.lambda_deployment import install as install_deployment
from local.lambda_environment import environment_of, module_path
from local.lambda_pool import Pool, PoolClosed
from local.lambda_process import Outcome, Sandbox
from local.patching import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from local.context import Context

IDLE_SECONDS: Final = 300
"""A sandbox that had no event for so long is ended, as on AWS."""
ASYNCHRONOUS_RETRY_SECONDS: Final = (60, 120)
"""AWS runs a failing asynchronous event twice more, after these waits."""
LOG_TAIL_BYTES: Final = 4096

logger = logging.getLogger(__name__)


class Functions:
    """Every function's sandboxes.

    Args:
        context: the local AWS that the functions belong to.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._artefacts = Artefacts(context.state / "lambda")
        self._pool = Pool()
        self._all: set[Sandbox] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, function: models.LambdaFunction, event: str) -> Outcome:
        """Run one event in a warm sandbox, or in a new one when all are busy.

        Raises:
            PoolClosed: the local AWS is ending.
        """
        form = _form(function)
        sandbox = self._pool.take(form) or self._start(function, form)
        began = time.monotonic()
        happening = Happening("invocation", "lambda", "Invocation", function.function_name)
        fault = strike(happening)
        seconds = float(function.timeout) if fault is None else fault.seconds
        try:
            outcome = sandbox.run(event, function_arn=function.function_arn, seconds=seconds)
        finally:
            self._take_back(sandbox, form)
        self._report(function, outcome, time.monotonic() - began)
        return outcome

    def end_idle(self, seconds: float) -> None:
        """End the sandboxes that have had no event for so many seconds."""
        for sandbox in self._pool.without_event_since(time.monotonic() - seconds):
            self._end(sandbox)

    def stop(self) -> None:
        """End every sandbox, busy ones too, and start no more."""
        self._pool.close()
        with self._lock:
            self._stopped = True
            remaining = list(self._all)
        for sandbox in remaining:
            self._end(sandbox)

    def _take_back(self, sandbox: Sandbox, form: str) -> None:
        if sandbox.is_usable:
            self._pool.put(form, sandbox)
        else:
            self._pool.leave(form)
            self._end(sandbox)

    def _start(self, function: models.LambdaFunction, form: str) -> Sandbox:
        try:
            return self._sandbox_of(function)
        except BaseException:
            self._pool.leave(form)
            raise

    def _sandbox_of(self, function: models.LambdaFunction) -> Sandbox:
        backend = models.lambda_backends[ACCOUNT_ID][REGION]
        task_root = self._artefacts.unpacked([function.code_bytes])
        versions = [backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers]
        layers = self._artefacts.unpacked([version.code_bytes for version in versions if version])
        home = Path(tempfile.mkdtemp(prefix=f"{function.function_name}-"))
        environment = environment_of(
            function,
            endpoint_url=self._context.endpoint_url,
            task_root=task_root,
            layers=layers,
            home=home,
        )
        environment[callers.KEY_VARIABLE] = key = callers.new_key()
        log = self._context.logs / f"{function.function_name}.log"
        path = module_path(task_root, layers, self._artefacts.runtime())
        with self._lock:
            if self._stopped:
                raise PoolClosed
            sandbox = Sandbox(environment, path, task_root, log, home)
            self._all.add(sandbox)
        callers.enter(key, Caller(function.function_name, sandbox.kill))
        return sandbox

    def _end(self, sandbox: Sandbox) -> None:
        sandbox.end()
        with self._lock:
            self._all.discard(sandbox)
        shutil.rmtree(sandbox.home, ignore_errors=True)

    def _report(self, function: models.LambdaFunction, outcome: Outcome, seconds: float) -> None:
        """Write the output and AWS's three lines to CloudWatch Logs, and a line to our own log."""
        name, request = function.function_name, outcome.request_id
        logger.info("%s %s in %.2f s", name, "failed" if outcome.failed else "ran", seconds)
        lines = [
            f"START RequestId: {request} Version: {function.version}",
            *outcome.output.splitlines(),
            f"END RequestId: {request}",
            f"REPORT RequestId: {request}\tDuration: {seconds * 1000:.2f} ms",
        ]
        group, stream = function.logs_group_name, f"local/[{function.version}]"
        logs = function.logs_backend
        logs.ensure_log_group(group)
        logs.ensure_log_stream(group, stream)
        events = [{"timestamp": unix_time_millis(), "message": line} for line in lines]
        logs.put_log_events(group, stream, events)


_functions: Functions | None = None


def running() -> Functions:
    """Return the functions of the local AWS that this process is."""
    if _functions is None:
        raise RuntimeError("install() was not called")
    return _functions


def install(context: Context) -> None:
    """Patch moto's Lambda before its server starts."""
    global _functions  # noqa: PLW0603 - moto's classes are the process's one Lambda
    _functions = Functions(context)
    install_deployment()
    _run_in_sandboxes(_functions, context.time_factor)


def reconcile(context: Context) -> None:
    """End sandboxes that have long been idle."""
    del context
    running().end_idle(IDLE_SECONDS)


def stop_all() -> None:
    """End every sandbox."""
    running().stop()


def _run_in_sandboxes(functions: Functions, time_factor: float) -> None:
    """AWS runs functions in its sandboxes; moto asks for Docker and runs all synchronously."""

    def invoke(
        function: models.LambdaFunction,
        body: str | bytes,
        request_headers: Mapping[str, str],
        response_headers: MutableMapping[str, str],
    ) -> str | bytes:
        event = (body.decode() if isinstance(body, bytes) else body) or "{}"
        headers = {name.lower(): value for name, value in dict(request_headers).items()}
        kind = headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return ""
        if kind == "Event":
            start(_run_asynchronously, functions, function, event, time_factor)
            return ""
        outcome = functions.run(function, event)
        if outcome.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        tail = outcome.output.encode()[-LOG_TAIL_BYTES:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
        return outcome.payload.encode()

    replace(models.LambdaFunction, "invoke", invoke)


def _run_asynchronously(
    functions: Functions, function: models.LambdaFunction, event: str, time_factor: float
) -> None:
    outcome = functions.run(function, event)
    for seconds in ASYNCHRONOUS_RETRY_SECONDS:
        if not outcome.failed:
            return
        time.sleep(seconds * time_factor)
        outcome = functions.run(function, event)
    if outcome.failed:
        logger.error("%s: asynchronous event is lost: %s", function.function_name, outcome.payload)


def _form(function: Any) -> str:
    """Return what makes one sandbox as good as another: code, layers and configuration."""
    layers = [layer["Arn"] for layer in function.layers]
    variables = sorted(function.environment_vars.items())
    parts = (function.function_arn, function.code_sha_256, function.handler, layers, variables)
    return repr((*parts, function.memory_size, function.timeout))
