"""Hands recordings in through the API, and follows their jobs until their owner was told."""

from __future__ import annotations

import email
import email.policy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scribe import keys
from scribe.errors import AudioEmpty

from commands.api_client import DownloadRefused, RequestRefused, UploadRefused, content_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scribe.shapes import LanguageChoice

    from commands.api_client import ApiClient

UNSTARTED_SECONDS: Final = 120.0
"""So long after its upload a job that has not begun is given up."""
UNTOLD_SECONDS: Final = 60.0
"""So long after its end a job without an e-mail is given up."""

_ENDED: Final = frozenset({"COMPLETED", "FAILED", "EXPIRED"})


@dataclass
class Recording:
    """One file on its way; times in seconds of the clock that the caller chose.

    Attributes:
        job: as the API described it last (schema `api-job`).
        refusal: what ended its way before the platform could.
        mail: the e-mail about how the job ended.
    """

    file: Path
    stem: str
    language: LanguageChoice
    vocabulary: str = ""
    begun: float | None = None
    uploaded: float | None = None
    started: float | None = None
    ended: float | None = None
    told: float | None = None
    job: dict[str, Any] | None = None
    refusal: Exception | None = None
    mail: Path | None = None

    @property
    def position(self) -> tuple[str, float]:
        """What is being done with it, and the share of the work that is done."""
        if self.refusal is not None:
            return "failed", 1.0
        if self.uploaded is None or self.job is None:
            return "uploading", 0.0
        if self.told is not None:
            return ("done", 1.0) if self.job["status"] == "COMPLETED" else ("failed", 1.0)
        if self.ended is not None:
            return "sending the e-mail", 0.97
        return _step(self.job), self.job["progress"] or 0.0

    def is_over(self, now: float) -> bool:
        """Whether there is nothing more to wait for."""
        if self.refusal is not None or self.told is not None:
            return True
        if self.ended is not None:
            return now - self.ended > UNTOLD_SECONDS
        if self.started is not None or self.uploaded is None:
            return False
        return now - self.uploaded > UNSTARTED_SECONDS


class Desk:
    """Hands recordings in and looks after them.

    Args:
        api: used as their owner.
        mailbox: the folder in which the owner's e-mails arrive.
        clock: gives the present moment in seconds.
    """

    def __init__(
        self, api: ApiClient, mailbox: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._mailbox = mailbox
        self._letters: dict[Path, str] = {}
        self.clock = clock

    def hand_in(self, recording: Recording) -> None:
        """Announce and upload a recording; one that is refused is over.

        Raises:
            ApiUnreachable: nothing answers.
        """
        recording.begun = self.clock()
        try:
            created = self._api.create_job(_announcement(recording))
            recording.job = created["job"]
            self._api.upload(created, recording.file)
        except (AudioEmpty, RequestRefused, UploadRefused, OSError) as error:
            recording.refusal = error
        recording.uploaded = self.clock()

    def look(self, recordings: Sequence[Recording]) -> None:
        """Bring every recording up to date.

        Raises:
            ApiError: the API does not tell how a job is.
        """
        for recording in recordings:
            if recording.refusal is None and recording.told is None and recording.job is not None:
                self._follow(recording, recording.job["job_id"])

    def save(self, recording: Recording, folder: Path) -> dict[keys.TranscriptFormat, Path]:
        """Download the transcript of a completed job in each format; none if one is refused."""
        if recording.job is None or recording.job["status"] != "COMPLETED":
            return {}
        folder.mkdir(parents=True, exist_ok=True)
        saved = {fmt: folder / f"{recording.stem}.{fmt}" for fmt in keys.TRANSCRIPT_FORMATS}
        try:
            for fmt, path in saved.items():
                self._api.download(recording.job["job_id"], fmt, path)
        except (RequestRefused, DownloadRefused) as error:
            recording.refusal = error
            return {}
        return saved

    def _follow(self, recording: Recording, job_id: str) -> None:
        now = self.clock()
        if recording.ended is None:
            recording.job = self._api.job(job_id)
            if recording.started is None and recording.job["status"] != "PENDING":
                recording.started = now
            if recording.job["status"] in _ENDED:
                recording.ended = now
        if recording.ended is not None:
            recording.mail = self._mail(job_id)
            recording.told = None if recording.mail is None else now

    def _mail(self, job_id: str) -> Path | None:
        """The e-mail about a job: each names it at its end."""
        for path in self._mailbox.glob("*.eml"):
            if path not in self._letters:
                self._letters[path] = _text_of(path)
            if job_id in self._letters[path]:
                return path
        return None


def _announcement(recording: Recording) -> dict[str, Any]:
    """What the API is told of a file.

    Raises:
        AudioEmpty: there is nothing to upload.
        OSError: the file cannot be read.
    """
    size_bytes = recording.file.stat().st_size
    if size_bytes == 0:
        raise AudioEmpty("the file has no bytes")
    return {
        "file_name": recording.file.name,
        "size_bytes": size_bytes,
        "content_type": content_type(recording.file),
        "language": recording.language,
        "vocabulary": recording.vocabulary,
    }


def _step(job: dict[str, Any]) -> str:
    step, chunks, seconds_left = job["step"], job["chunks"], job["seconds_left"]
    if step is None:
        return "waiting"
    if step != "transcribing" or chunks is None:
        return str(step)
    done = f"transcribing {chunks['done']}/{chunks['total']}"
    return (
        f"{done}, about {round(seconds_left / 60)} min left" if (seconds_left or 0) >= 60 else done
    )


def _text_of(path: Path) -> str:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content())
