"""Decides which model transcribes on this machine, and says why and for about how long."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commands.models.errors import ModelUnknown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

FIXTURE: Final = "fixture"
LARGE: Final = "large-v3-turbo"
SMALL: Final = "small"
CUSTOM: Final = "custom"

LARGE_MEMORY_BYTES: Final = 6_000_000_000
"""Free memory that the large model wants beside its aligners and the audio."""

# Seconds of decoding per second of audio on two cores, int8, beam 1, measured with the real
# architectures (docs/performance.md); other numbers of cores are scaled from it.
_REAL_TIME_FACTORS: Final = {
    "tiny": 0.019,
    "base": 0.042,
    SMALL: 0.118,
    LARGE: 0.353,
}
_MEASURED_CORES: Final = 2


@dataclass(frozen=True)
class Choice:
    """The model to use.

    Attributes:
        name: as the catalogue has it, or `custom`.
        directory: the person's own CTranslate2 folder; None for a model of the catalogue.
        reason: why this one, as the end of a sentence.
    """

    name: str
    directory: Path | None
    reason: str

    @property
    def is_fixture(self) -> bool:
        """Whether its words are those of the samples alone."""
        return self.name == FIXTURE


def choose(
    requested: str | None, *, own_files: bool, free_bytes: int, known: Collection[str]
) -> Choice:
    """Decide which model transcribes.

    Args:
        requested: a name of the catalogue, a path to a CTranslate2 folder, or None.
        own_files: whether the recordings are the person's own, not the samples.
        free_bytes: the memory that is free now.
        known: the names in the catalogue.

    Raises:
        ModelUnknown: neither the catalogue nor the disk has what was requested.
    """
    if requested is None:
        return _fitting(free_bytes) if own_files else Choice(FIXTURE, None, "for the samples")
    if requested in known:
        return Choice(requested, None, "as asked")
    directory = Path(requested).expanduser()
    if (directory / "model.bin").is_file():
        return Choice(CUSTOM, directory.resolve(), "as asked")
    raise ModelUnknown(
        f"{requested!r} is neither one of {', '.join(sorted(known))} "
        "nor a CTranslate2 folder with a model.bin"
    )


def estimate(choice: Choice, audio_seconds: Sequence[float], cores: int) -> float | None:
    """About how many seconds the decoding takes; None where nothing was measured."""
    factor = _REAL_TIME_FACTORS.get(choice.name)
    if factor is None or not audio_seconds:
        return None
    return sum(audio_seconds) * factor * _MEASURED_CORES / cores


def describe(choice: Choice, seconds: float | None) -> str:
    """The one line about the model."""
    line = f"Model: {choice.directory or choice.name}, {choice.reason}"
    if seconds is None:
        return f"{line}."
    minutes = max(1, round(seconds / 60))
    return f"{line}; about {minutes} minute{'s' if minutes > 1 else ''} on this machine."


def free_memory_bytes(
    meminfo: Path = Path("/proc/meminfo"), control_group: Path = Path("/sys/fs/cgroup")
) -> int:
    """The memory that this process may still take: the machine's, or its container's if less."""
    limits = [_available(meminfo)]
    try:
        limit = (control_group / "memory.max").read_text().strip()
        used = int((control_group / "memory.current").read_text())
    except FileNotFoundError:
        pass
    else:
        if limit != "max":
            limits.append(max(0, int(limit) - used))
    return min(limits)


def _available(meminfo: Path) -> int:
    try:
        lines = meminfo.read_text().splitlines()
    except FileNotFoundError:  # not Linux: half of what is built in is a fair guess
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return int(kilobytes) * 1024


def _fitting(free_bytes: int) -> Choice:
    free = f"{free_bytes / 1e9:.1f} GB of memory are free"
    if free_bytes >= LARGE_MEMORY_BYTES:
        return Choice(LARGE, None, f"because {free}")
    needed = LARGE_MEMORY_BYTES / 1e9
    return Choice(SMALL, None, f"because only {free} ({LARGE} wants {needed:.0f})")
