"""`npm start` as a program uses it: one line when it is ready, and nothing left when it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from commands.package import folder_of
from commands.platform import ROOT, STAGE, Workers, stage_parameters
from local.ports import free_port, is_free
from tests.e2e.inbox import PATIENCE_SECONDS, eventually
from tests.e2e.processes import descendants, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commands.models.install import InstalledModel

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


@dataclass(frozen=True)
class Started:
    """A platform that a program has started.

    Attributes:
        process: npm's.
        port: that it was told to use.
        addresses: that it printed.
    """

    process: subprocess.Popen[str]
    port: int
    addresses: Mapping[str, str]


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    port = free_port()
    process = subprocess.Popen(
        ["npm", "start", "--", "--json", "--port", str(port), "--workers", "1"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    try:
        yield Started(process, port, json.loads(line or process.stderr.read()))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def status(url: str) -> int:
    place = urlsplit(url)
    connection = HTTPConnection(place.netloc, timeout=30)
    try:
        connection.request("GET", place.path or "/")
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_line_holds_an_address_for_each_part_and_the_port_is_the_one_asked_for(
    started: Started,
) -> None:
    front = f"http://127.0.0.1:{started.port}"
    addresses = dict(started.addresses)
    assert set(addresses) == {"api", "docs", "web", "mailbox", "executions", "token"}
    assert (addresses["api"], addresses["web"], addresses["docs"]) == (
        front,
        front,
        f"{front}/docs",
    )
    assert status(f"{front}/me") == 401, "the API asks for a session"
    assert [status(addresses[name]) for name in ("docs", "mailbox", "executions")] == [200] * 3
    assert status(addresses["token"]) == 404, "tokens are had by POST"


def test_its_package_is_the_same_on_every_port(started: Started, model: InstalledModel) -> None:
    assert str(started.port) not in json.dumps(
        parameters := stage_parameters(model, Workers("fleet", 1, os.cpu_count() or 1))
    )
    assert folder_of(STAGE, parameters).is_dir()


def test_a_second_one_does_not_take_its_port(started: Started) -> None:
    command = ["node", "commands/run.mjs", "start", "--port", str(started.port)]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"{started.port} is taken" in ended.stderr


def test_sigterm_ends_it_with_status_zero_and_leaves_no_process(started: Started) -> None:
    processes = descendants(started.process.pid)
    assert len(processes) >= 4

    started.process.send_signal(signal.SIGTERM)
    output, errors = started.process.communicate(timeout=PATIENCE_SECONDS)

    assert started.process.returncode == 0, errors
    assert output == "", "nothing but the one line"
    assert "everything that was started has ended" in errors
    eventually(lambda: not processes & running(), seconds=5)
    assert is_free(started.port)
