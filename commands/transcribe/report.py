"""What became of each recording: for a program as JSON, for a person as a table."""

from __future__ import annotations

import email
import email.policy
import json
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from rich.table import Table
from rich.text import Text
from scribe import keys, texts
from scribe.transcript import PREPARATION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from scribe.shapes import Transcript

    from commands.transcribe.jobs import Recording


class Mail(TypedDict):
    """The e-mail that its owner got."""

    to: str
    subject: str


class Failure(TypedDict):
    """An error's name, and what a user reads about it."""

    name: str
    message: str


class FileReport(TypedDict):
    """One entry of `--json`; what is not known is null, times are in seconds."""

    file: str
    status: Literal["COMPLETED", "FAILED"]
    language: str | None
    duration_seconds: float | None
    words: int | None
    confidence: float | None
    outputs: dict[keys.TranscriptFormat, str | None]
    email: Mail | None
    error: Failure | None
    timings: dict[str, float]


_NOT_THE_MODEL: Final = frozenset({PREPARATION, "fetch"})
_NO_OUTPUTS: Final[Mapping[keys.TranscriptFormat, Path]] = {}


def of(
    recording: Recording, outputs: Mapping[keys.TranscriptFormat, Path] = _NO_OUTPUTS
) -> FileReport:
    """Report on a recording that is over.

    Args:
        recording: as it was last looked at.
        outputs: its transcript, where there is one.
    """
    job = recording.job
    completed = recording.refusal is None and "json" in outputs
    result = job["result"] if job is not None and completed else None
    return {
        "file": str(recording.file),
        "status": "COMPLETED" if completed else "FAILED",
        "language": result["language"] if result else None,
        "duration_seconds": result["duration_seconds"] if result else None,
        "words": result["word_count"] if result else None,
        "confidence": result["confidence"] if result else None,
        "outputs": {
            fmt: str(outputs[fmt]) if fmt in outputs else None for fmt in keys.TRANSCRIPT_FORMATS
        },
        "email": _mail(recording.mail) if recording.mail else None,
        "error": None if completed else _failure(recording),
        "timings": _timings(recording, outputs.get("json")),
    }


def refused(file: Path, error: Exception) -> FileReport:
    """Report on a file that was not handed in, because something failed before."""
    return {
        "file": str(file),
        "status": "FAILED",
        "language": None,
        "duration_seconds": None,
        "words": None,
        "confidence": None,
        "outputs": dict.fromkeys(keys.TRANSCRIPT_FORMATS),
        "email": None,
        "error": {"name": type(error).__name__, "message": str(error)},
        "timings": {},
    }


def table(reports: Sequence[FileReport], names: Sequence[str]) -> Table:
    """The reports for a person.

    Args:
        reports: of all files.
        names: what each file is called in the table.
    """
    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("file", overflow="fold")
    grid.add_column("language")
    for title in ("length", "words", "confidence", "seconds"):
        grid.add_column(title, justify="right")
    for name, report in zip(names, reports, strict=True):
        # Text, not markup: a file's name may hold brackets.
        grid.add_row(Text(name), *_cells(report))
    return grid


def _cells(report: FileReport) -> tuple[str, ...]:
    seconds = f"{report['timings'].get('total_seconds', 0.0):.1f}"
    if report["error"]:
        return (f"[red]{report['error']['name']}[/red]", "", "", "", seconds)
    confidence = report["confidence"]
    return (
        report["language"] or "",
        _clock(report["duration_seconds"] or 0.0),
        str(report["words"]) if report["words"] else "no speech",
        "" if confidence is None else f"{confidence:.2f}",
        seconds,
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _failure(recording: Recording) -> Failure:
    if recording.refusal is not None:
        name = type(recording.refusal).__name__
        return {"name": name, "message": _told(name) or str(recording.refusal)}
    error = recording.job and recording.job["error"]
    if error:
        return {"name": error["code"], "message": _told(error["code"]) or "It ended with an error."}
    if recording.started is None:
        return {"name": "NotStarted", "message": "The upload did not start the work."}
    return {"name": "TranscriptMissing", "message": "The job ended without a transcript."}


def _told(name: str) -> str:
    """What happened and what to do about it, as the e-mail says it."""
    known = texts.load("errors", "en")
    return " ".join(known[key] for key in (f"{name}.happened", f"{name}.do") if key in known)


def _mail(path: Path) -> Mail:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return {"to": str(mail["To"]), "subject": str(mail["Subject"])}


def _timings(recording: Recording, transcript: Path | None) -> dict[str, float]:
    moments = {
        "upload_seconds": (recording.begun, recording.uploaded),
        "start_seconds": (recording.uploaded, recording.started),
        "work_seconds": (recording.started, recording.ended),
        "email_seconds": (recording.ended, recording.told),
        "total_seconds": (recording.begun, recording.told or recording.ended),
    }
    timings = _work(transcript) if transcript else {}
    for name, (begin, end) in moments.items():
        if begin is not None and end is not None:
            timings[name] = end - begin
    return {name: round(seconds, 3) for name, seconds in timings.items()}


def _work(path: Path) -> dict[str, float]:
    """What the platform worked by its own account; the model's share is the sum over all chunks."""
    transcript: Transcript = json.loads(path.read_text("utf-8"))
    steps = transcript["processing"]["step_seconds"]
    model = sum(seconds for step, seconds in steps.items() if step not in _NOT_THE_MODEL)
    return {"prepare_seconds": steps[PREPARATION], "model_seconds": model}
