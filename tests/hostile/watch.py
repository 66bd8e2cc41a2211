"""An ffmpeg under watch: which files it opened, which addresses it reached, what it ran."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CALLS: Final = (
    "execve,open,openat,openat2,creat,connect,bind,listen,sendto,"
    "unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat"
)
_LOG_BYTES: Final = 1 << 20
_CALL: Final = re.compile(r"^\d+ +(\w+)\((.*)$", re.MULTILINE)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ADDRESS: Final = re.compile(r"\{sa_family=.*?\}")
_SOURCE: Final = re.compile(r"http://127\.0\.0\.1:(\d+)/")
_WRITING: Final = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_CHANGING: Final = ("creat", "unlink", "rename", "link", "symlink", "mkdir")


def strace_works() -> bool:
    """Whether this machine has strace, and lets it look."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-qqo", "/dev/null", "true"], check=False).returncode == 0


@dataclass(frozen=True)
class Watch:
    """A program that stands in the place of ffmpeg, and tells what ffmpeg did.

    Only decoders are watched: the encoder is given samples on its standard input.

    Attributes:
        program: runs ffmpeg.
        watched: the ffmpeg that it runs.
        sees: whether what follows can be known.
    """

    program: Path
    watched: str
    sees: bool
    _log: int

    @classmethod
    @contextlib.contextmanager
    def over(cls, ffmpeg: str, folder: Path, *, strace: bool) -> Iterator[Self]:
        """Watch this ffmpeg; a folder serves once.

        strace is made no parent of ffmpeg, so that the product confines and ends ffmpeg
        itself; its log is a pipe, because the limit on files holds for strace too.
        """
        pipe, program = folder / "calls", folder / "ffmpeg"
        os.mkfifo(pipe)
        watcher = ["strace", "-Dfqq", "--seccomp-bpf", "-s", "4096", "-e", "signal=none"]
        watcher += ["-e", f"trace={_CALLS}", "-o", str(pipe)]
        prefix = shlex.join(watcher) if strace else ""
        program.write_text(
            "#!/bin/sh\n"
            f'case "$*" in *pipe:0*) exec {shlex.quote(ffmpeg)} "$@";; esac\n'
            f'exec {prefix} {shlex.quote(ffmpeg)} "$@"\n'
        )
        program.chmod(0o755)
        log = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        try:
            fcntl.fcntl(log, fcntl.F_SETPIPE_SZ, _LOG_BYTES)
            yield cls(program, ffmpeg, strace, log)
        finally:
            os.close(log)

    @cached_property
    def _calls(self) -> tuple[tuple[str, str], ...]:
        """Each call's name, and its arguments as strace writes them."""
        os.set_blocking(self._log, True)  # strace may end a moment after ffmpeg
        log = b""
        while piece := os.read(self._log, _LOG_BYTES):
            log += piece
        return tuple(_CALL.findall(log.decode("utf-8", "replace")))

    @property
    def opened(self) -> set[str]:
        """The files that it opened or tried to open."""
        return {_path(given) for name, given in self._calls if name.startswith("open")}

    @property
    def changed(self) -> set[str]:
        """The files that it opened to write, made, moved or removed, or tried to."""
        return {
            _path(given)
            for name, given in self._calls
            if (name.startswith("open") and _WRITING.search(given)) or name.startswith(_CHANGING)
        }

    @property
    def reached(self) -> set[str]:
        """The addresses that it connected to, sent to or listened on, or tried to."""
        matches = (_ADDRESS.search(given) for _, given in self._calls)
        return {match[0] for match in matches if match}

    @property
    def given(self) -> str:
        """The address that its command names, as `reached` writes it."""
        started = next(given for name, given in self._calls if name == "execve")
        (port,) = _SOURCE.findall(started)
        return f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("127.0.0.1")}}'

    @property
    def ran(self) -> list[str]:
        """The programs that it became: itself, and others if it ran any."""
        return [_path(given) for name, given in self._calls if name == "execve"]


def run_unguarded(watch: Watch, playlist: Path, written: Path) -> None:
    """Have ffmpeg read a list of files with nothing to stop it."""
    reading = ("-protocol_whitelist", "file,http,tcp", "-f", "concat", "-safe", "0")
    command = [str(watch.program), *reading, "-i", str(playlist), "-loglevel", "error"]
    subprocess.run([*command, str(written)], check=True)


def _path(arguments: str) -> str:
    match = _QUOTED.search(arguments)
    return match[1] if match else arguments
