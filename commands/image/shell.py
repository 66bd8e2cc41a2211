"""Runs the programs of container engines."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Protocol

from commands.image.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Sequence


class Shell(Protocol):
    """What engines are asked through."""

    def succeeds(self, command: Sequence[str]) -> bool:
        """Whether the program is here and ends well; nothing is shown."""

    def show(self, command: Sequence[str], given: str = "") -> None:
        """Run a program and show what it says.

        Args:
            command: the program with its arguments.
            given: its standard input, which no list of processes shows.

        Raises:
            EngineFailed: it ended with an error.
        """

    def read(self, command: Sequence[str]) -> str:
        """Run a program, show its standard error, and return its standard output.

        Raises:
            EngineFailed: it ended with an error.
        """


class LocalShell:
    """The programs of this machine."""

    def succeeds(self, command: Sequence[str]) -> bool:
        """See the protocol."""
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            return False

    def show(self, command: Sequence[str], given: str = "") -> None:
        """See the protocol."""
        _check(command, subprocess.run(command, input=given, text=True, check=False).returncode)

    def read(self, command: Sequence[str]) -> str:
        """See the protocol."""
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        _check(command, ended.returncode)
        return ended.stdout


def _check(command: Sequence[str], status: int) -> None:
    if status:
        raise EngineFailed(f"`{' '.join(command[:3])} …` ended with {status}; its output is above.")
