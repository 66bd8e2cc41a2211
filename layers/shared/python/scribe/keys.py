"""Every S3 key of the platform, made and read in one place; pure, no AWS.

    audio bucket        {user_id}/{job_id}/audio.{ext}        what a user uploads
                        inbox/{anything}                      a job of its own, for the deployer
                        inbox/{en,es,auto}/{anything}         one whose language is stated
    transcripts bucket  {user_id}/{job_id}/transcript.{json,txt,srt,vtt}
                        {user_id}/{job_id}/peaks.json         the wave form for the player
    work bucket         {user_id}/{job_id}/chunks/0003.flac   one chunk's audio
                        {user_id}/{job_id}/probe.flac         speech windows for language detection
                        {user_id}/{job_id}/results/0003.json  one chunk's transcript
                        {user_id}/{job_id}/results/0003.outcome.json   how the chunk ended
                        sweep/inbox.json                      how far the sweep has read the inbox

Keys are those of the objects themselves: S3 events carry them URL-encoded, and
`upload_of` expects them decoded.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal, cast, get_args

from scribe import ulid
from scribe.shapes import LanguageChoice

TranscriptFormat = Literal["json", "txt", "srt", "vtt"]
TRANSCRIPT_FORMATS: Final[tuple[TranscriptFormat, ...]] = ("json", "txt", "srt", "vtt")

INBOX: Final = "inbox"
"""The prefix, and the `user_id`, of recordings that the deployer drops in by hand."""

SWEEP_POSITION: Final = "sweep/inbox.json"
"""How far the sweep has read the inbox, in the work bucket."""

_USER_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}"
_UPLOAD = re.compile(
    rf"(?P<user_id>{_USER_ID})/(?P<job_id>{ulid.PATTERN})/audio\.[A-Za-z0-9]{{1,8}}"
)


@dataclass(frozen=True)
class Upload:
    """Whose recording an object of the audio bucket is."""

    user_id: str
    job_id: str
    file_name: str
    from_inbox: bool
    language: LanguageChoice | None = None
    """What the key states; only an inbox key can."""


def is_user_id(text: str) -> bool:
    """Whether a user may have this id: one part of a key, and not the inbox's."""
    return re.fullmatch(_USER_ID, text) is not None and text != INBOX


def upload_of(bucket: str, key: str, version: str) -> Upload | None:
    """Read the owner and the job out of an uploaded object's key.

    Args:
        bucket: the audio bucket's name.
        key: the object's key, decoded.
        version: the object's version id or, in a bucket without versions, the `sequencer` of
            its event: each differs between two uploads to one key, and is the same in two
            events about one upload.

    Returns:
        The upload, or None for a key that belongs to no job.
    """
    if match := _UPLOAD.fullmatch(key):
        return Upload(match["user_id"], match["job_id"], PurePosixPath(key).name, from_inbox=False)
    if key.startswith(f"{INBOX}/") and not key.endswith("/"):
        digest = hashlib.sha256("\0".join((bucket, key, version)).encode()).digest()
        return Upload(
            INBOX,
            ulid.from_bytes(digest[:16]),
            PurePosixPath(key).name,
            from_inbox=True,
            language=_stated_language(key),
        )
    return None


def _stated_language(inbox_key: str) -> LanguageChoice | None:
    folder, slash, _ = inbox_key.removeprefix(f"{INBOX}/").partition("/")
    stated = slash and folder in get_args(LanguageChoice)
    return cast("LanguageChoice", folder) if stated else None


def job_prefix(user_id: str, job_id: str) -> str:
    """The prefix of everything that belongs to one job, in each bucket."""
    return f"{user_id}/{job_id}/"


def audio(user_id: str, job_id: str, extension: str) -> str:
    """The uploaded recording, in the audio bucket."""
    return f"{job_prefix(user_id, job_id)}audio.{extension}"


def results_prefix(user_id: str, job_id: str) -> str:
    """The prefix of what workers found out, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}results/"


def transcript(user_id: str, job_id: str, fmt: TranscriptFormat) -> str:
    """The transcript in one of its formats, in the transcripts bucket."""
    return f"{job_prefix(user_id, job_id)}transcript.{fmt}"


def peaks(user_id: str, job_id: str) -> str:
    """The wave form's peaks, in the transcripts bucket."""
    return f"{job_prefix(user_id, job_id)}peaks.json"


def chunk_audio(user_id: str, job_id: str, index: int) -> str:
    """One chunk's FLAC, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}chunks/{index:04d}.flac"


def probe_audio(user_id: str, job_id: str) -> str:
    """The FLAC that the language is detected on, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}probe.flac"


def chunk_result(user_id: str, job_id: str, index: int) -> str:
    """One chunk's transcript, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}results/{index:04d}.json"


def chunk_outcome(user_id: str, job_id: str, index: int) -> str:
    """How one chunk ended, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}results/{index:04d}.outcome.json"


def detection_result(user_id: str, job_id: str) -> str:
    """The language detection's result, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}results/language.json"


def detection_outcome(user_id: str, job_id: str) -> str:
    """How the language detection ended, in the work bucket."""
    return f"{job_prefix(user_id, job_id)}results/language.outcome.json"
