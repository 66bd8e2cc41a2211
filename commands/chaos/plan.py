"""What a run does: which jobs, in which order, whose; the same for the same seed. Pure."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.jobs import Status

CHUNK_SECONDS: Final = 80
"""The shortest that recordings can be cut into; several chunks take some minutes of sound."""

USERS: Final = ("user_ada", "user_ben")


class Kind(StrEnum):
    """What happens to a job, as its owner or an operator would do it."""

    SHORT = "one chunk"
    LONG = "several chunks"
    SILENCE = "silence"
    INBOX = "by the inbox"
    REPEATED = "announced twice with one key"
    UNREADABLE = "no recording"
    NO_AUDIO = "no audio track"
    ABANDONED = "never uploaded"
    GIVEN_UP = "upload given up"
    DELETED_RUNNING = "deleted while it ran"
    DELETED_AFTER = "deleted after its end"
    RETRIED = "aborted, then retried"


OUTCOMES: Final[Mapping[Kind, Status]] = {
    Kind.SHORT: "COMPLETED",
    Kind.LONG: "COMPLETED",
    Kind.SILENCE: "COMPLETED",
    Kind.INBOX: "COMPLETED",
    Kind.REPEATED: "COMPLETED",
    Kind.UNREADABLE: "FAILED",
    Kind.NO_AUDIO: "FAILED",
    Kind.ABANDONED: "EXPIRED",
    Kind.GIVEN_UP: "EXPIRED",
    Kind.DELETED_RUNNING: "DELETED",
    Kind.DELETED_AFTER: "DELETED",
    Kind.RETRIED: "COMPLETED",
}
"""How a job of each kind must end."""

SHARES: Final[Mapping[Kind, int]] = {
    Kind.SHORT: 30,
    Kind.LONG: 14,
    Kind.SILENCE: 5,
    Kind.INBOX: 8,
    Kind.REPEATED: 7,
    Kind.UNREADABLE: 6,
    Kind.NO_AUDIO: 4,
    Kind.ABANDONED: 4,
    Kind.GIVEN_UP: 4,
    Kind.DELETED_RUNNING: 6,
    Kind.DELETED_AFTER: 6,
    Kind.RETRIED: 6,
}
"""Of each hundred jobs."""

SILENT: Final = frozenset({Kind.SILENCE})
WITHOUT_RECORDING: Final = frozenset({Kind.ABANDONED, Kind.GIVEN_UP})
_SHORT_SECONDS: Final = (6, 40)
_LONG_SECONDS: Final = (260, 420)


@dataclass(frozen=True)
class PlannedJob:
    """One job of a run.

    Attributes:
        number: from 0; the job carries it in its file's name.
        user_id: whose it is.
        seconds: how long its recording is.
        stops_a_worker: an operator stops a worker just when this job begins.
    """

    number: int
    kind: Kind
    user_id: str
    seconds: int
    stops_a_worker: bool

    @property
    def name(self) -> str:
        """Its file's name, which no other job of the run has."""
        return f"recording-{self.number:04d}"

    @property
    def expected(self) -> Status:
        """How it must end."""
        return OUTCOMES[self.kind]


def planned_jobs(count: int, seed: int) -> tuple[PlannedJob, ...]:
    """Plan a run: every kind is there as its share says, from twelve jobs on at least once."""
    chance = random.Random(seed)  # noqa: S311  # a plan, no secret
    kinds = _kinds(count)
    chance.shuffle(kinds)
    stops = set(chance.sample(range(count), count // 40))
    return tuple(
        PlannedJob(
            number,
            kind,
            chance.choice(USERS),
            chance.randint(*(_LONG_SECONDS if kind is Kind.LONG else _SHORT_SECONDS)),
            number in stops,
        )
        for number, kind in enumerate(kinds)
    )


def _kinds(count: int) -> list[Kind]:
    # The kind that lags furthest behind its share comes next.
    given: Counter[Kind] = Counter()
    kinds = []
    for number in range(1, count + 1):
        kind = next((kind for kind in Kind if not given[kind]), None) or max(
            Kind, key=lambda kind: SHARES[kind] * number / 100 - given[kind]
        )
        given[kind] += 1
        kinds.append(kind)
    return kinds
