"""What the mails say about a job, from its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe import paragraphs, texts
from scribe.mail import phrases
from scribe.mail.letter import Letter, Mail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from scribe.jobs import Job
    from scribe.keys import TranscriptFormat
    from scribe.shapes import Figures

_PREVIEW: Final = 300
"""Characters of the transcript in the mail."""
_NAME_IN_SUBJECT: Final = 60
_NAME_IN_BODY: Final = 200
_HIGH: Final = 0.9
_MEDIUM: Final = 0.75
"""Mean token probabilities from which on a transcript is called so."""


@dataclass(frozen=True)
class Download:
    """One format of the transcript, and the address at which it can be read for a while."""

    fmt: TranscriptFormat
    address: str


def completed(
    job: Job, transcript: str, downloads: Sequence[Download], links_end: datetime
) -> Mail:
    """The mail about a finished transcript.

    Args:
        job: a COMPLETED row with its `notification`.
        transcript: the transcript's text file, whole or at least its beginning.
        downloads: in the order in which they are offered.
        links_end: when the addresses stop working, in UTC.
    """
    words = texts.load("mail", job["ui_language"])
    result = job["result"]
    kind = _kind(job)
    said = paragraphs.without_legend(transcript, result["language"])
    preview = phrases.shortened(phrases.one_line(said), _PREVIEW)
    flawed = result["gap_count"] or result["doubtful_count"] or result["no_speech"]
    return Letter(
        language=job["ui_language"],
        tone="attention" if flawed else "good",
        subject=words[f"{kind}.subject"].format(file=_name(job, _NAME_IN_SUBJECT)),
        heading=words[f"{kind}.heading"],
        intro=words[f"{kind}.intro"].format(file=_name(job, _NAME_IN_BODY)),
        facts=_facts(words, job, result),
        notices=_notices(words, result),
        sections=((words["what_to_do"], words["no_speech.do"]),) if result["no_speech"] else (),
        quote=(words["preview"], preview) if preview and not result["no_speech"] else None,
        links_title=words["downloads"],
        links=tuple((words[f"download.{each.fmt}"], each.address) for each in downloads),
        links_note=words["downloads.expire"].format(moment=phrases.moment(words, links_end)),
        footer=words["footer"].format(job_id=job["job_id"]),
    ).mail()


def failed(job: Job) -> Mail:
    """The mail about a failure: what happened, and what the owner can do.

    Args:
        job: a FAILED row.
    """
    words = texts.load("mail", job["ui_language"])
    reasons = texts.load("errors", job["ui_language"])
    name = job["error"]["name"]
    error = name if f"{name}.happened" in reasons else "Unknown"
    return Letter(
        language=job["ui_language"],
        tone="bad",
        subject=words["failed.subject"].format(file=_name(job, _NAME_IN_SUBJECT)),
        heading=words["failed.heading"],
        intro=words["failed.intro"].format(file=_name(job, _NAME_IN_BODY)),
        facts=((words["fact.file"], _name(job, _NAME_IN_BODY)),),
        sections=(
            (words["what_happened"], reasons[f"{error}.happened"]),
            (words["what_to_do"], reasons[f"{error}.do"]),
        ),
        footer=words["footer"].format(job_id=job["job_id"]),
    ).mail()


def _kind(job: Job) -> str:
    if job["result"]["no_speech"]:
        return "no_speech"
    return "now_ready" if job["notification"]["after_failure"] else "ready"


def _name(job: Job, limit: int) -> str:
    return phrases.file_name(job["file_name"], limit) or job["job_id"]


def _facts(words: Mapping[str, str], job: Job, result: Figures) -> tuple[tuple[str, str], ...]:
    facts = {
        "file": _name(job, _NAME_IN_BODY),
        "length": phrases.duration(result["duration_seconds"]),
    }
    if not result["no_speech"]:
        facts["language"] = _language(words, job, result)
        facts["words"] = phrases.number(words, result["word_count"])
        if result["confidence"] is not None:
            facts["confidence"] = _confidence(words, result["confidence"])
    return tuple((words[f"fact.{name}"], value) for name, value in facts.items())


def _language(words: Mapping[str, str], job: Job, result: Figures) -> str:
    language = words[f"language.{result['language']}"]
    probability = result["language_probability"]
    if job["language"] != "auto" or probability is None:
        return language
    sure = phrases.percent(words, probability)
    return words["language.detected"].format(language=language, percent=sure)


def _confidence(words: Mapping[str, str], confidence: float) -> str:
    level = "high" if confidence >= _HIGH else "medium" if confidence >= _MEDIUM else "low"
    return words[f"confidence.{level}"].format(percent=phrases.percent(words, confidence))


def _notices(words: Mapping[str, str], result: Figures) -> tuple[str, ...]:
    lost = phrases.duration(result["gap_seconds"])
    counts = (("gaps", result["gap_count"]), ("doubtful", result["doubtful_count"]))
    return tuple(
        words[f"{kind}.{'one' if count == 1 else 'many'}"].format(
            count=phrases.number(words, count), duration=lost
        )
        for kind, count in counts
        if count
    )
