"""Limits on what a process may take from this machine, held by the kernel."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

_MORE_SECONDS: Final = 5
"""From the signal that asks a process to end to the one that ends it."""


@dataclass(frozen=True)
class Confinement:
    """What one process may take.

    Attributes:
        memory_bytes: of address space; beyond it allocations fail.
        processor_seconds: beyond them the process is told to end, and soon made to.
        file_bytes: the size of any file that it writes; pipes and sockets are no files.
        open_files: descriptors, those for pipes and sockets too.
    """

    memory_bytes: int
    processor_seconds: int
    file_bytes: int
    open_files: int


def confine(pid: int, confinement: Confinement) -> None:
    """Confine a process from outside.

    Not in a `preexec_fn`: other threads run here, and a lock that one of them holds at the
    fork would be held for ever. Only Linux can do this, and only there, in Lambda, does the
    product read the files of strangers.
    """
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415  # not on every system

    seconds = confinement.processor_seconds
    for kind, limit in (
        (resource.RLIMIT_AS, (confinement.memory_bytes,) * 2),
        (resource.RLIMIT_CPU, (seconds, seconds + _MORE_SECONDS)),
        (resource.RLIMIT_FSIZE, (confinement.file_bytes,) * 2),
        (resource.RLIMIT_NOFILE, (confinement.open_files,) * 2),
        (resource.RLIMIT_CORE, (0, 0)),
    ):
        resource.prlimit(pid, kind, limit)
