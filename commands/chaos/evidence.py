"""What a run has left behind, as plain values: what users know, and what AWS holds. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scribe.jobs import Job
    from scribe.shapes import Outcome

    from commands.chaos.plan import PlannedJob


@dataclass
class Handled:
    """A planned job as its owner knows it; it grows while the job goes its way.

    Attributes:
        job_ids: that the API has given for its announcements, in their order; of a recording
            in the inbox, the one that was found. All of them must be the same.
        accepted: the storage has taken the recording.
        trouble: why its owner gave up; empty if nobody did.
    """

    planned: PlannedJob
    job_ids: tuple[str, ...] = ()
    accepted: bool = False
    trouble: str = ""

    @property
    def label(self) -> str:
        """How violations name it."""
        return f"{self.planned.name} {self.job_ids[0] if self.job_ids else ''}".strip()


@dataclass(frozen=True)
class Run:
    """One execution.

    Attributes:
        job_id, attempt: that its name tells; None for a name that tells none.
        iterations: how often each index of the Map has succeeded.
    """

    name: str
    job_id: str | None
    attempt: int | None
    status: str
    error: str = ""
    iterations: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ChunkFact:
    """One stored chunk result: its samples' range at 16 kHz."""

    index: int
    start: int
    end: int


@dataclass(frozen=True)
class Told:
    """One mail, or one event: that a job ended, and how."""

    job_id: str
    outcome: Outcome
    attempt: int | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything that is judged.

    Attributes:
        rows: of the Jobs table, by job id.
        chunks: the stored results by job id.
        words: of the stored transcripts by job id.
        objects: every version of every object: bucket's short name and key.
        open_uploads: keys of uploads in parts that were neither completed nor aborted.
        messages: how many each queue holds, visible or not.
        open_shards: job ids in the index of open jobs.
        faults: lines of the fault log.
    """

    handled: Sequence[Handled]
    rows: Mapping[str, Job]
    runs: Sequence[Run]
    chunks: Mapping[str, Sequence[ChunkFact]]
    words: Mapping[str, Sequence[str]]
    objects: Sequence[tuple[str, str]]
    open_uploads: Sequence[str]
    messages: Mapping[str, int]
    open_shards: Sequence[str]
    mails: Sequence[Told]
    events: Sequence[Told]
    faults: Sequence[Mapping[str, Any]]

    def of(self, handled: Handled) -> Job | None:
        """A planned job's row."""
        return self.rows.get(handled.job_ids[0]) if handled.job_ids else None

    def to_json(self) -> str:
        """All of it as one JSON document, to look for the cause of what is violated."""
        return json.dumps(self, indent=1, default=vars)
