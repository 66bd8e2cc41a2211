"""The container of an ECS task as a process group of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from local.background import start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SIGKILLED: Final = 128 + signal.SIGKILL
_LAUNCHER: Final = Path(__file__).with_name("ecs_launcher.py")


class CannotStart(Exception):
    """The container's program cannot be started; the message is the reason that AWS shows."""


@dataclass(frozen=True)
class Launch:
    """What a container runs.

    Attributes:
        command: the program and its arguments.
        environment: all variables that it sees.
        folder: its working folder.
        log: the file that takes its output.
        stop_seconds: how long it may take to end after SIGTERM.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    stop_seconds: float


class Container:
    """One run of one container, from its start to its end."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._lock = Lock()
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, on_start: Callable[[], None]) -> int:
        """Run to the end and return the exit code; 128 + n after signal n, as a container's.

        The program dies with the calling thread: Linux binds "my parent died" to a thread.

        Raises:
            CannotStart: there is no such program.
        """
        with self._lock:
            if self._stopped:
                return SIGKILLED
            process = self._process = self._start()
        on_start()
        code = process.wait()
        self._kill_group(process)  # a container ends with its first process
        return code if code >= 0 else 128 - code

    def stop(self) -> None:
        """Send SIGTERM, and SIGKILL if it is not over in time; returns at once."""
        with self._lock:
            again, self._stopped = self._stopped, True
            process = self._process
        if process is not None and not again:
            process.terminate()
            start(self._kill_when_late, process)

    def kill(self) -> None:
        """End it at once."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            self._kill_group(process)

    def _start(self) -> subprocess.Popen[bytes]:
        launch = self._launch
        if not launch.command:
            raise CannotStart("CannotStartContainerError: the definition names no command")
        if shutil.which(launch.command[0], path=launch.environment["PATH"]) is None:
            raise CannotStart(
                f'CannotStartContainerError: exec: "{launch.command[0]}": '
                "executable file not found in $PATH"
            )
        launch.folder.mkdir(parents=True)
        launch.log.parent.mkdir(parents=True, exist_ok=True)
        with launch.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), *launch.command],
                env=dict(launch.environment),
                cwd=launch.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _kill_when_late(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(self._launch.stop_seconds)
        except subprocess.TimeoutExpired:
            self._kill_group(process)

    @staticmethod
    def _kill_group(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):  # all of it has ended
            os.killpg(process.pid, signal.SIGKILL)
