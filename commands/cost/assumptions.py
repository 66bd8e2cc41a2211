"""What the cost depends on and no file of the stack says: each figure with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DAYS_PER_MONTH: Final = 30
HOURS_PER_MONTH: Final = 730.0


class AssumptionUnknown(Exception):
    """There is no assumption of that name, or its value is no number that makes sense."""


def _because(default: float, why: str) -> Any:  # noqa: ANN401 - what dataclasses.field returns
    return field(default=default, metadata={"why": why})


@dataclass(frozen=True)
class Assumptions:
    """The inputs of the table; `why` of each stands with it."""

    files_per_day: float = _because(100_000, "the requirement")
    mean_minutes: float = _because(10, "of a recording: the requirement")
    long_share: float = _because(0.02, "of the recordings are long ones: a guess")
    long_minutes: float = _because(120, "of a long recording: the requirement's example")
    megabytes_per_minute: float = _because(2, "20 MB in 10 minutes: the requirement")
    months_kept: float = _because(12.2, "months of operation before: a year's lifecycle is full")
    times_real_time: float = _because(0, "audio-hours in one hour of a worker; 0: as published")
    busy_share: float = _because(0.9, "of a worker's time, as in docs/models.md")
    spot_share: float = _because(0.8, "of the workers' hours: the fleet's base is on demand")
    spot_usd_per_hour: float = _because(0.41, "g6.xlarge, between 0.39 and 0.42")
    root_volume_gb: float = _because(100, "of each GPU machine: the image and its models")
    transcript_megabytes_per_minute: float = _because(
        0.02, "all formats and the peaks: 0.013 measured on the long sample, with a reserve"
    )
    api_requests_per_file: float = _because(12, "announce, a look every minute, links, the list")
    listened_share: float = _because(0.05, "of the recordings are played back in the page: a guess")
    transcript_reads: float = _because(2, "of each transcript: a guess")
    log_kilobytes_per_file: float = _because(30, "about 12 lines of each function and the worker")
    table_writes_per_file: float = _because(14, "of 1 kB, the row's and its two indexes'")
    table_reads_per_file: float = _because(14, "of 4 kB, most for looks at progress")
    row_kilobytes: float = _because(2, "of a job with its indexes")
    queue_requests_per_file: float = _because(14, "uploads, chunks, notifications; long polls")
    traced_share: float = _because(0.9, "X-Ray's usual sampling: one a second, and 5 % of the rest")
    metrics: float = _because(150, "Container Insights and the platform's own")
    prepare_seconds_per_audio_hour: float = _because(
        8, "9.1 s of processor time measured (docs/performance.md) on 1.2 vCPU of 2,048 MB"
    )
    assemble_seconds_per_audio_hour: float = _because(0.2, "3.3 s measured for 24 hours")

    def __post_init__(self) -> None:
        for name, value in values(self):
            if value < 0:
                raise AssumptionUnknown(f"{name}: {value:g} is less than nothing")
        for name in ("busy_share", "files_per_day", "mean_minutes", "long_minutes"):
            if not getattr(self, name):
                raise AssumptionUnknown(f"{name} must be more than 0")
        for name in ("busy_share", "spot_share", "long_share", "listened_share", "traced_share"):
            if getattr(self, name) > 1:
                raise AssumptionUnknown(f"{name} is a share, at most 1")

    @property
    def files(self) -> float:
        """A month's recordings."""
        return self.files_per_day * DAYS_PER_MONTH

    @property
    def audio_hours(self) -> float:
        """A month's."""
        return self.files * self.mean_minutes / 60

    @property
    def audio_gb(self) -> float:
        """What a month's recordings weigh."""
        return self.files * self.mean_minutes * self.megabytes_per_minute / 1000

    @property
    def transcripts_gb(self) -> float:
        """What a month's transcripts weigh."""
        return self.files * self.mean_minutes * self.transcript_megabytes_per_minute / 1000

    def chunks_per_file(self, chunk_minutes: float) -> float:
        """How many chunks a recording has on average.

        Long ones are cut; those beside them are short enough for one chunk as long as the mean
        lets them be, else as many as their length asks for.
        """
        # Long recordings are not shorter than the mean, nor more of the audio than there is.
        long_minutes = max(self.long_minutes, self.mean_minutes)
        share = min(self.long_share, self.mean_minutes / long_minutes)
        others = (self.mean_minutes - share * long_minutes) / (1 - share) if share < 1 else 0
        return share * max(1, long_minutes / chunk_minutes) + (1 - share) * max(
            1, others / chunk_minutes
        )


def values(assumptions: Assumptions) -> Iterator[tuple[str, float]]:
    """Each assumption's name and value."""
    for entry in fields(assumptions):
        yield entry.name, getattr(assumptions, entry.name)


def why(name: str) -> str:
    """Where an assumption's usual value comes from."""
    reason: str = Assumptions.__dataclass_fields__[name].metadata["why"]
    return reason


def changed(assumptions: Assumptions, given: Mapping[str, float]) -> Assumptions:
    """The same with other values.

    Raises:
        AssumptionUnknown: there is none of a name, or a value makes no sense.
    """
    known = {name for name, _ in values(assumptions)}
    for name in given:
        if name not in known:
            raise AssumptionUnknown(f"{name} is not one of {', '.join(sorted(known))}")
    return replace(assumptions, **given)
