"""What must be true after a run, each a function that names what violates it. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from scribe import executions
from scribe.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from commands.chaos.evidence import ChunkFact, Evidence

    Check = Callable[[Evidence], Iterator[str]]

TERMINAL: Final = frozenset({"COMPLETED", "FAILED", "EXPIRED", "DELETED"})
PERSONAL: Final = frozenset(
    {"email", "file_name", "vocabulary", "metadata", "upload", "source"}
    | {"result", "error", "feedback"}
)
"""Fields that nothing is left of in the row of a deleted job."""

_WORDS_A_SECOND: Final = 2
"""What the fake engine says, whatever it hears."""
_LENGTH_TOLERANCE: Final = SAMPLE_RATE // 10
"""By which a recording's length may change when it is brought to another rate."""


def every_accepted_upload_ended(found: Evidence) -> Iterator[str]:
    """No upload is lost: each has a job, and the job has come to an end."""
    for handled in found.handled:
        row = found.of(handled)
        if handled.accepted and (row is None or row["status"] not in TERMINAL):
            yield f"{handled.label}: {row['status'] if row else 'no job'}"


def every_job_ended_as_it_should(found: Evidence) -> Iterator[str]:
    """Each job's end is that of its kind, and its owner could do all that belongs to it."""
    for handled in found.handled:
        row, expected = found.of(handled), handled.planned.expected
        if handled.trouble:
            yield f"{handled.label}: {handled.trouble}"
        elif row is None or row["status"] != expected:
            yield f"{handled.label}: {row['status'] if row else 'no job'}, not {expected}"


def every_announcement_made_one_job(found: Evidence) -> Iterator[str]:
    """One key, one job; what a broken announcement left behind expires without a recording."""
    for handled in found.handled:
        if len(set(handled.job_ids)) > 1:
            yield f"{handled.label}: also {', '.join(handled.job_ids[1:])}"
    known = {job_id for handled in found.handled for job_id in handled.job_ids}
    for job_id, row in found.rows.items():
        if job_id not in known and row["status"] != "EXPIRED":
            yield f"{job_id}: {row['status']}, and nobody knows of it"


def every_transcript_says_each_chunk_once(found: Evidence) -> Iterator[str]:
    """The chunks are the recording, whole and without overlap, and the words are theirs."""
    for handled in found.handled:
        row = found.of(handled)
        if row is None or row["status"] != "COMPLETED":
            continue
        job_id = row["job_id"]
        chunks = found.chunks.get(job_id, ())
        flaw = _flaw_of(chunks, handled.planned.seconds * SAMPLE_RATE)
        if flaw is None and list(found.words.get(job_id, ())) != _spoken(chunks):
            flaw = "its words are not those of its chunks"
        if flaw is not None:
            yield f"{handled.label}: {flaw}"


def _flaw_of(chunks: Sequence[ChunkFact], samples: int) -> str | None:
    if [chunk.index for chunk in chunks] != list(range(len(chunks))) or not chunks:
        return f"it has the chunks {[chunk.index for chunk in chunks]}"
    ends = [0, *(chunk.end for chunk in chunks)]
    if [chunk.start for chunk in chunks] != ends[:-1]:
        return "its chunks overlap or leave something out"
    if abs(ends[-1] - samples) > _LENGTH_TOLERANCE:
        return f"its chunks end at {ends[-1]} of {samples} samples"
    return None


def _spoken(chunks: Sequence[ChunkFact]) -> list[str]:
    """What the fake engine says of each chunk, in their order."""
    counts = [(chunk.end - chunk.start) * _WORDS_A_SECOND // SAMPLE_RATE for chunk in chunks]
    return [f"word{number}" for count in counts for number in range(count)]


def every_attempt_ran_once(found: Evidence) -> Iterator[str]:
    """A job's executions are its attempts, one each, and no chunk was done twice in one."""
    names = Counter(run.name for run in found.runs)
    yield from (f"{name}: {count} executions" for name, count in names.items() if count > 1)
    for run in found.runs:
        if run.job_id is None or run.job_id not in found.rows:
            yield f"{run.name}: an execution of no job"
        for index, times in run.iterations.items():
            if times > 1:
                yield f"{run.name}: chunk {index} succeeded {times} times"
    for job_id, row in found.rows.items():
        attempts = range(1, row["attempt"] + 1)
        if missing := {executions.name_of(job_id, each) for each in attempts} - names.keys():
            yield f"{job_id}: {', '.join(sorted(missing))} never started"


def every_execution_ended(found: Evidence) -> Iterator[str]:
    """Nothing runs any more, and so no task token is open."""
    for run in found.runs:
        if run.status == "RUNNING":
            yield run.name


def every_outcome_was_mailed_once(found: Evidence) -> Iterator[str]:
    """One mail for each outcome; another one only where its sender was lost after it."""
    sent = Counter((mail.job_id, mail.outcome) for mail in found.mails)
    lost = senders_lost(found)
    for handled in found.handled:
        row = found.of(handled)
        if row is not None and row["status"] in {"COMPLETED", "FAILED"}:
            told = sent[row["job_id"], row["status"]]
            if told == 0:
                yield f"{handled.label}: no mail about {row['status']}"
    for (job_id, outcome), count in sent.items():
        row = found.rows.get(job_id)
        ends = 1 if outcome == "COMPLETED" else _failures(found, job_id)
        allowed = ends + lost[job_id, outcome]
        if row is None or count > allowed:
            yield f"{job_id}: {count} mails about {outcome}, {allowed} at most"


def _failures(found: Evidence, job_id: str) -> int:
    return sum(
        run.job_id == job_id
        and run.status in {"FAILED", "ABORTED", "TIMED_OUT"}
        and run.error != "Superseded"
        for run in found.runs
    )


def senders_lost(found: Evidence) -> Counter[tuple[str, str]]:
    """How often the sender was lost after the mail service had taken its mail."""
    lost: Counter[tuple[str, str]] = Counter()
    for fault in found.faults:
        if fault["service"] == "ses" and fault["kind"] in {"end-caller", "break-after"}:
            tags = dict(tag.split("=", 1) for tag in fault["instance"].split(","))
            lost[tags["job_id"], tags["outcome"]] += 1
    return lost


def every_outcome_was_announced(found: Evidence) -> Iterator[str]:
    """One event or more for each outcome, and none for what never was."""
    announced = {(event.job_id, event.attempt, event.outcome) for event in found.events}
    for handled in found.handled:
        row = found.of(handled)
        if row is None or row["status"] not in {"COMPLETED", "FAILED"}:
            continue
        if (row["job_id"], row["attempt"], row["status"]) not in announced:
            yield f"{handled.label}: no event about {row['status']}"
    started = {(run.job_id, run.attempt) for run in found.runs}
    for job_id, attempt, outcome in sorted(announced, key=str):
        if (job_id, attempt) not in started:
            yield f"{job_id}: an event about {outcome} of attempt {attempt}, which never was"


def no_message_is_left(found: Evidence) -> Iterator[str]:
    """Every queue is empty, and so is every dead-letter queue."""
    for queue, count in found.messages.items():
        if count:
            yield f"{queue}: {count}"


def no_job_is_open(found: Evidence) -> Iterator[str]:
    """The index of open jobs is empty."""
    yield from found.open_shards


def no_upload_is_open(found: Evidence) -> Iterator[str]:
    """No upload in parts was left to its fate, unless nobody can have known of it."""
    unknown = uploads_of_nobody(found)
    yield from (key for key in found.open_uploads if key not in unknown)


def uploads_of_nobody(found: Evidence) -> frozenset[str]:
    """Uploads in parts of no job: their beginner was lost before it could note them.

    They hold no part, and the bucket's lifecycle drops them after `uploadDays`: a rule of S3,
    which the local one does not follow.
    """
    lost = {
        fault["instance"]
        for fault in found.faults
        if fault.get("operation") == "CreateMultipartUpload"
        and fault["kind"] in {"end-caller", "break-after"}
    }
    return frozenset(
        key for key in found.open_uploads if key in lost and key.split("/")[1] not in found.rows
    )


def nothing_is_left_of_deleted_jobs(found: Evidence) -> Iterator[str]:
    """Neither an object, in any version, nor a personal field."""
    for job_id, row in found.rows.items():
        if row["status"] != "DELETED":
            continue
        if fields := sorted(PERSONAL & row.keys()):
            yield f"{job_id}: {', '.join(fields)}"
        yield from (f"{bucket}/{key}" for bucket, key in found.objects if f"/{job_id}/" in key)


def no_object_is_orphaned(found: Evidence) -> Iterator[str]:
    """Every object belongs to a job, and the chunks' sound is gone when it was heard."""
    sources = {row["source"]["key"] for row in found.rows.values() if "source" in row}
    for bucket, key in found.objects:
        if bucket == "audio" and key in sources:
            continue
        owner = key.split("/")[1] if key.count("/") > 1 else ""
        row = found.rows.get(owner)
        if row is None or bucket == "audio":
            yield f"{bucket}/{key}: of no job"
        elif "/chunks/" in key and row["status"] == "COMPLETED":
            yield f"{bucket}/{key}: its job is completed"


CHECKS: Final[Mapping[str, Check]] = {
    check.__name__.replace("_", " "): check
    for check in (
        every_accepted_upload_ended,
        every_job_ended_as_it_should,
        every_announcement_made_one_job,
        every_transcript_says_each_chunk_once,
        every_attempt_ran_once,
        every_execution_ended,
        every_outcome_was_mailed_once,
        every_outcome_was_announced,
        no_message_is_left,
        no_job_is_open,
        no_upload_is_open,
        nothing_is_left_of_deleted_jobs,
        no_object_is_orphaned,
    )
}
"""By what each says."""


def violations(found: Evidence) -> dict[str, list[str]]:
    """Every check by its name, with what violates it."""
    return {name: list(check(found)) for name, check in CHECKS.items()}
