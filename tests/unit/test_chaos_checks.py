"""Each check of a chaos run: a sound run passes all of them, and each sees what it is there for."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from commands.chaos.checks import CHECKS, violations
from commands.chaos.evidence import ChunkFact, Evidence, Handled, Run, Told
from commands.chaos.plan import Kind, PlannedJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from scribe.jobs import Job

WHOLE: Final = "01K0000000000000000000000A"
REFUSED: Final = "01K0000000000000000000000B"
REMOVED: Final = "01K0000000000000000000000C"
UNKNOWN: Final = "01K0000000000000000000000D"
ARRIVED: Final = {WHOLE: "audio.wav", REFUSED: "audio.wav"}
SAMPLES: Final = 16_000


def planned(number: int, kind: Kind, seconds: int = 6) -> PlannedJob:
    return PlannedJob(number, kind, "user_ada", seconds, stops_a_worker=False)


def row(job_id: str, status: str, **fields: Any) -> Job:  # noqa: ANN401  # of any field
    """A row, with no more than the checks look at."""
    told = {"user_id": "user_ada", "job_id": job_id, "status": status, "attempt": 1, **fields}
    return cast("Job", told)


def source(job_id: str) -> dict[str, str]:
    return {"bucket": "audio", "key": f"user_ada/{job_id}/audio.wav"}


def sound() -> Evidence:
    """A run of three jobs: one transcribed in two chunks, one unreadable, one deleted."""
    return Evidence(
        handled=[
            Handled(planned(0, Kind.LONG), (WHOLE,), accepted=True),
            Handled(planned(1, Kind.UNREADABLE), (REFUSED,), accepted=True),
            Handled(planned(2, Kind.DELETED_AFTER), (REMOVED,), accepted=True),
        ],
        rows={
            WHOLE: row(WHOLE, "COMPLETED", source=source(WHOLE)),
            REFUSED: row(REFUSED, "FAILED", source=source(REFUSED)),
            REMOVED: row(REMOVED, "DELETED"),
        },
        runs=[
            Run(WHOLE, WHOLE, 1, "SUCCEEDED", iterations=Counter([0, 1])),
            Run(REFUSED, REFUSED, 1, "FAILED", error="AudioUnreadable"),
            Run(REMOVED, REMOVED, 1, "SUCCEEDED"),
        ],
        chunks={WHOLE: [ChunkFact(0, 0, 4 * SAMPLES), ChunkFact(1, 4 * SAMPLES, 6 * SAMPLES)]},
        words={WHOLE: [f"word{n}" for n in range(8)] + [f"word{n}" for n in range(4)]},
        objects=[
            ("audio", f"user_ada/{WHOLE}/audio.wav"),
            ("audio", f"user_ada/{REFUSED}/audio.wav"),
            ("work", f"user_ada/{WHOLE}/results/0000.json"),
            ("transcripts", f"user_ada/{WHOLE}/transcript.txt"),
        ],
        open_uploads=[],
        messages={"uploads": 0},
        open_shards=[],
        mails=[Told(WHOLE, "COMPLETED"), Told(REFUSED, "FAILED"), Told(REMOVED, "COMPLETED")],
        events=[
            Told(WHOLE, "COMPLETED", 1),
            Told(REFUSED, "FAILED", 1),
            Told(REMOVED, "COMPLETED", 1),
        ],
        faults=[],
    )


def with_row(found: Evidence, job_id: str, status: str, **fields: Any) -> Evidence:  # noqa: ANN401  # of any field
    return replace(found, rows={**found.rows, job_id: row(job_id, status, **fields)})


def with_handled(found: Evidence, number: int, **changes: Any) -> Evidence:  # noqa: ANN401  # of any field
    handled = list(found.handled)
    handled[number] = replace(handled[number], **changes)
    return replace(found, handled=handled)


def with_chunks(found: Evidence, *chunks: ChunkFact) -> Evidence:
    return replace(found, chunks={WHOLE: chunks})


def more(found: Evidence, field: str, *added: object) -> Evidence:
    changed: dict[str, Any] = {field: [*getattr(found, field), *added]}
    return replace(found, **changed)


def without(found: Evidence, field: str, job_id: str) -> Evidence:
    kept: dict[str, Any] = {
        field: [each for each in getattr(found, field) if each.job_id != job_id]
    }
    return replace(found, **kept)


FLAWS: Final[list[tuple[str, str, Callable[[Evidence], Evidence]]]] = [
    (
        "every accepted upload ended",
        "an upload that made no job",
        lambda found: replace(found, rows={k: v for k, v in found.rows.items() if k != WHOLE}),
    ),
    (
        "every accepted upload ended",
        "a job that hangs",
        lambda found: with_row(found, WHOLE, "PROCESSING"),
    ),
    (
        "every job ended as it should",
        "a good recording that failed",
        lambda found: with_row(found, WHOLE, "FAILED", source=source(WHOLE)),
    ),
    (
        "every job ended as it should",
        "an owner who gave up",
        lambda found: with_handled(found, 0, trouble="no answer"),
    ),
    (
        "every announcement made one job",
        "two jobs of one key",
        lambda found: with_handled(found, 0, job_ids=(WHOLE, UNKNOWN)),
    ),
    (
        "every announcement made one job",
        "a job that nobody knows of",
        lambda found: with_row(found, UNKNOWN, "COMPLETED"),
    ),
    (
        "every transcript says each chunk once",
        "a chunk that is missing",
        lambda found: with_chunks(found, ChunkFact(0, 0, 4 * SAMPLES)),
    ),
    (
        "every transcript says each chunk once",
        "two chunks that overlap",
        lambda found: with_chunks(
            found, ChunkFact(0, 0, 5 * SAMPLES), ChunkFact(1, 4 * SAMPLES, 6 * SAMPLES)
        ),
    ),
    (
        "every transcript says each chunk once",
        "a chunk twice",
        lambda found: with_chunks(found, ChunkFact(0, 0, 6 * SAMPLES), ChunkFact(0, 0, 0)),
    ),
    (
        "every transcript says each chunk once",
        "a word too few",
        lambda found: replace(found, words={WHOLE: list(found.words[WHOLE])[:-1]}),
    ),
    (
        "every attempt ran once",
        "two executions of one name",
        lambda found: more(found, "runs", Run(WHOLE, WHOLE, 1, "SUCCEEDED")),
    ),
    (
        "every attempt ran once",
        "a chunk that succeeded twice",
        lambda found: more(found, "runs", Run("again", WHOLE, 2, "SUCCEEDED", iterations={0: 2})),
    ),
    (
        "every attempt ran once",
        "an execution of no job",
        lambda found: more(found, "runs", Run(UNKNOWN, UNKNOWN, 1, "SUCCEEDED")),
    ),
    (
        "every attempt ran once",
        "an attempt that was claimed and never started",
        lambda found: with_row(found, WHOLE, "COMPLETED", attempt=2, source=source(WHOLE)),
    ),
    (
        "every execution ended",
        "an execution that goes on",
        lambda found: more(found, "runs", Run(f"{WHOLE}-2", WHOLE, 2, "RUNNING")),
    ),
    (
        "every outcome was mailed once",
        "an owner who was not told",
        lambda found: without(found, "mails", WHOLE),
    ),
    (
        "every outcome was mailed once",
        "a second mail without a reason",
        lambda found: more(found, "mails", Told(WHOLE, "COMPLETED")),
    ),
    (
        "every outcome was mailed once",
        "a mail about a failure that never was",
        lambda found: more(found, "mails", Told(WHOLE, "FAILED")),
    ),
    (
        "every outcome was announced",
        "an outcome without an event",
        lambda found: without(found, "events", REFUSED),
    ),
    (
        "every outcome was announced",
        "an event about an attempt that never was",
        lambda found: more(found, "events", Told(WHOLE, "COMPLETED", 7)),
    ),
    (
        "no message is left",
        "a message in a queue",
        lambda found: replace(found, messages={"uploads-dead-letters": 1}),
    ),
    ("no job is open", "a job in the index", lambda found: more(found, "open_shards", WHOLE)),
    ("no upload is open", "parts", lambda found: more(found, "open_uploads", "a/b/audio.wav")),
    (
        "nothing is left of deleted jobs",
        "a version of an object",
        lambda found: more(found, "objects", ("audio", f"user_ada/{REMOVED}/audio.wav")),
    ),
    (
        "nothing is left of deleted jobs",
        "the owner's address",
        lambda found: with_row(found, REMOVED, "DELETED", email="ada@platform.example"),
    ),
    (
        "no object is orphaned",
        "a recording without a job",
        lambda found: more(found, "objects", ("audio", "inbox/forgotten.wav")),
    ),
    (
        "no object is orphaned",
        "a transcript without a job",
        lambda found: more(found, "objects", ("transcripts", f"user_ada/{UNKNOWN}/peaks.json")),
    ),
    (
        "no object is orphaned",
        "the sound of a chunk that was heard",
        lambda found: more(found, "objects", ("work", f"user_ada/{WHOLE}/chunks/0000.flac")),
    ),
]


def test_a_sound_run_violates_nothing() -> None:
    assert not any(violations(sound()).values())


@pytest.mark.parametrize(
    ("check", "flaw"),
    [(check, flaw) for check, _, flaw in FLAWS],
    ids=[f"{check}: {what}" for check, what, _ in FLAWS],
)
def test_a_flaw_is_seen(check: str, flaw: Callable[[Evidence], Evidence]) -> None:
    assert list(CHECKS[check](flaw(sound())))


def test_every_check_is_shown_a_flaw() -> None:
    assert {check for check, _, _ in FLAWS} == CHECKS.keys()


def test_a_second_mail_is_allowed_where_its_sender_was_lost_after_the_first() -> None:
    lost = {
        "service": "ses",
        "kind": "end-caller",
        "instance": f"outcome=COMPLETED,job_id={WHOLE}",
    }
    twice = more(sound(), "mails", Told(WHOLE, "COMPLETED"))

    assert not any(violations(replace(twice, faults=[lost])).values())
    assert violations(replace(more(twice, "mails", Told(WHOLE, "COMPLETED")), faults=[lost]))[
        "every outcome was mailed once"
    ]


def test_an_upload_is_left_to_s3_where_its_beginner_was_lost_before_it_could_note_it() -> None:
    key = f"user_ada/{UNKNOWN}/audio.wav"
    lost = {"operation": "CreateMultipartUpload", "kind": "end-caller", "instance": key}
    found = more(sound(), "open_uploads", key)
    faults = [{"service": "s3", **lost}]

    assert not any(violations(replace(found, faults=faults)).values())
    assert violations(replace(more(found, "open_uploads", "a/b/audio.wav"), faults=faults))[
        "no upload is open"
    ] == ["a/b/audio.wav"]
    noted = with_row(replace(found, faults=faults), UNKNOWN, "EXPIRED", attempt=0)
    assert violations(noted)["no upload is open"] == [key]


def test_a_broken_announcement_may_leave_a_job_that_expires() -> None:
    assert not any(violations(with_row(sound(), UNKNOWN, "EXPIRED", attempt=0)).values())


def test_what_was_judged_can_be_written_down() -> None:
    document = json.loads(sound().to_json())
    assert document["handled"][0]["planned"]["kind"] == Kind.LONG
    assert document["runs"][0]["iterations"] == {"0": 1, "1": 1}
    assert document["mails"][0] == {"job_id": WHOLE, "outcome": "COMPLETED", "attempt": None}
