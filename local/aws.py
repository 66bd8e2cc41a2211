"""One running local AWS as a context manager, for tests and commands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import boto3

from local.client_environment import client_environment
from local.context import Context
from local.edge_results import read as edge_results

if TYPE_CHECKING:
    from collections import Counter
    from types import TracebackType

START_SECONDS: Final = 120
STOP_SECONDS: Final = 20


class LocalAwsFailed(RuntimeError):
    """The local AWS did not come up; the message holds the end of its output."""


class LocalAws:
    """Start a local AWS in a process of its own; leaving the block ends it and its children.

    Args:
        state: an empty or new folder for this run's logs, mailbox and unpacked code.
        time_factor: what the waits and retry intervals of the services are multiplied with.
        container_path: a folder put first in the PATH of ECS tasks.
        edge_port: where the first CloudFront distribution answers; 0 takes a free port.
        faults: the file of a plan of what is to go wrong (local/faults); None for nothing.
    """

    def __init__(
        self,
        state: Path,
        *,
        time_factor: float = 1.0,
        container_path: Path,
        edge_port: int = 0,
        faults: Path | None = None,
    ) -> None:
        self._context = Context(
            "", state.resolve(), time_factor, container_path.resolve(), edge_port, faults
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._resources = ExitStack()
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        state = self._context.state
        state.mkdir(parents=True, exist_ok=True)
        self._context.ready.unlink(missing_ok=True)
        output = self._resources.enter_context((state / "output.log").open("wb"))
        command = [sys.executable, "-m", "local", "--until-stdin-closes", "--state", str(state)]
        command += ["--time-factor", str(self._context.time_factor)]
        command += ["--container-path", str(self._context.container_path)]
        command += ["--edge-port", str(self._context.edge_port)]
        if self._context.faults is not None:
            command += ["--faults", str(self._context.faults.resolve())]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parent.parent,
            # Ctrl-C reaches the caller alone, which ends this process in its own order.
            start_new_session=True,
        )
        try:
            endpoint_url = self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise
        self._context = replace(self._context, endpoint_url=endpoint_url)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint_url(self) -> str:
        """Where every AWS API answers."""
        return self._context.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which another process's AWS clients find this AWS."""
        return client_environment(self.endpoint_url)

    @property
    def mailbox(self) -> Path:
        """The folder in which every accepted e-mail lies as one .eml file."""
        return self._context.mailbox

    @property
    def logs(self) -> Path:
        """The folder of log files: one of the server, one of each function and task."""
        return self._context.logs

    def client(self, service: str) -> Any:
        """Return a boto3 client; its type depends on the service, so annotate where you call."""
        if service not in self._clients:
            environment = self.environment
            session = boto3.Session(
                aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
                region_name=environment["AWS_REGION"],
            )
            make: Any = session.client  # its type asks for the name of one service
            self._clients[service] = make(service, endpoint_url=self.endpoint_url)
        return self._clients[service]

    def unsupported(self) -> list[str]:
        """Return the resource types that templates named and this AWS only pretended to make."""
        path = self._context.unsupported
        if not path.exists():
            return []
        types: list[str] = json.loads(path.read_text())
        return types

    def edge_results(self, distribution_id: str) -> dict[str, Counter[str]]:
        """Return how often a distribution's behaviours answered how, by their path patterns.

        The results are `Hit`, `RefreshHit`, `Miss` and `Error`, as in CloudFront's logs.
        """
        return edge_results(self.logs, distribution_id)

    def stop(self) -> None:
        """End the process and its children; harmless when it has ended already."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._resources.close()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> str:
        ready = self._context.ready
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if ready.exists():
                endpoint_url: str = json.loads(ready.read_text())["endpoint_url"]
                return endpoint_url
            time.sleep(0.05)
        tail = (self._context.state / "output.log").read_text(errors="replace")[-4000:]
        raise LocalAwsFailed(f"The local AWS did not come up. Its output ends with:\n{tail}")
