"""`npm start` takes its usual port where it can, and says what is wrong before anything starts."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from commands.interruption import stopped_by_signals
from commands.start import arguments
from commands.start.__main__ import main
from commands.start.addresses import Addresses
from commands.start.arguments import parse

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_usual_port_is_left_to_who_has_it(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "USUAL_PORT", taken)
    request = parse([])
    assert request.moved
    assert request.port != taken


def test_a_port_that_was_asked_for_is_taken_as_it_is(taken: int) -> None:
    free = parse(["--port", "18400", "--dispatch", "task", "--json"])
    assert (free.port, free.moved, free.dispatch, free.as_json) == (18400, False, "task", True)
    with pytest.raises(SystemExit):
        parse(["--port", str(taken)])


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (["--port", "80"], "from 1024 to 65535"),
        (["--port", "web"], "web"),
        (["--workers", "0"], "from 1 to 16"),
        (["--dispatch", "ship"], "ship"),
        (["talk.mp3"], "talk.mp3"),
    ],
)
def test_bad_use_ends_with_status_2_and_a_reason(
    line: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(line)
    assert caught.value.code == 2
    shown = capsys.readouterr()
    assert named in shown.err
    assert shown.out == ""


def test_an_unknown_model_is_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "gigantic", "--json"]) == 2
    shown = capsys.readouterr()
    assert "ModelUnknown: 'gigantic'" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_interrupts_and_those_after_it_do_not(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopped_by_signals():
        with pytest.raises(KeyboardInterrupt):
            _signal_this_process(number)
        _signal_this_process(number)
    assert signal.getsignal(number) == before


def _signal_this_process(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0.01)  # until the interpreter has run the handler


def test_a_person_is_told_how_an_operators_commands_find_the_platform() -> None:
    names = ("api", "docs", "web", "mailbox", "executions", "token")
    addresses = Addresses(**{name: f"http://127.0.0.1/{name}" for name in names})
    told = addresses.text({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "us-east-1"})
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_REGION=us-east-1\n" in f"{told}\n"
    assert all(f"http://127.0.0.1/{name}" in told for name in names if name != "web")
