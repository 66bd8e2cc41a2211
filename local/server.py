"""The composition of the local AWS: every patch, one moto server, and the loop beside it."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

from moto.server import ThreadedMotoServer

from local import (
    cloudformation,
    dynamic_references,
    dynamodb,
    ecs,
    edge,
    event_source_mappings,
    events,
    faults,
    http_api,
    lambda_functions,
    memory,
    s3,
    schedules,
    service_quotas,
    ses,
    ses_account,
    sqs,
    step_functions,
)
from local.client_environment import client_environment
from local.context import Context
from local.faults import api_calls
from local.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

SERVICES: Final = (
    faults,
    api_calls,
    cloudformation,
    dynamic_references,
    dynamodb,
    ecs,
    edge,
    event_source_mappings,
    events,
    http_api,
    lambda_functions,
    memory,
    s3,
    service_quotas,
    ses,
    ses_account,
    sqs,
    step_functions,
)
STANDING_WORK: Final = (ecs, event_source_mappings, lambda_functions, schedules)
RECONCILE_SECONDS: Final = 0.5

logger = logging.getLogger(__name__)


def serve(
    *,
    state: Path,
    port: int,
    edge_port: int,
    time_factor: float,
    container_path: Path,
    faults_plan: Path | None,
    until_stdin_closes: bool,
) -> None:
    """Serve until SIGTERM, SIGINT or, if asked, the end of standard input; then end all children.

    Args:
        state: folder for `ready.json`, logs, the mailbox and unpacked code.
        port: where to listen on 127.0.0.1; 0 takes a free port.
        edge_port: where the first CloudFront distribution answers; 0 takes a free port.
        time_factor: what waits and retry intervals are multiplied with.
        container_path: folder put first in the PATH of ECS tasks.
        faults_plan: the plan of what is to go wrong; None for nothing.
        until_stdin_closes: end with the process that holds the other end of standard input,
            however that process ends.
    """
    endpoint_url = f"http://127.0.0.1:{port or free_port()}"
    context = Context(endpoint_url, state, time_factor, container_path, edge_port, faults_plan)
    for folder in (context.logs, context.mailbox):
        folder.mkdir(parents=True, exist_ok=True)
    _log_to(context.logs / "server.log")
    os.environ.update(client_environment(endpoint_url))

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        threading.Thread(target=_set_at_end_of_input, args=(stop,), daemon=True).start()

    for service in SERVICES:
        service.install(context)
    _start_moto(endpoint_url)
    _announce(context)
    try:
        while not stop.wait(RECONCILE_SECONDS):
            _reconcile(context)
    finally:
        lambda_functions.stop_all()
        ecs.stop_all()
    # Threads of API calls in progress must not hold the process back, and moto offers no way
    # to end them.
    logging.shutdown()
    os._exit(0)


def _reconcile(context: Context) -> None:
    for service in STANDING_WORK:
        try:
            service.reconcile(context)
        except Exception:
            # One service's trouble must not stop the others; the next turn tries again.
            logger.exception("%s could not reconcile", service.__name__)


def _start_moto(endpoint_url: str) -> None:
    host, _, port = endpoint_url.removeprefix("http://").partition(":")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    ThreadedMotoServer(host, int(port), verbose=False).start()


def _announce(context: Context) -> None:
    unfinished = context.ready.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"endpoint_url": context.endpoint_url, "pid": os.getpid()}))
    unfinished.replace(context.ready)


def _log_to(path: Path) -> None:
    logging.basicConfig(
        filename=path, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.captureWarnings(capture=True)
    logging.getLogger("botocore").setLevel(logging.WARNING)


def _set_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()
