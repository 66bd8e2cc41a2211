"""From an uploaded object to one running execution, however often the event arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from scribe import keys
from scribe.jobs import JobMissing, NewJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.adapters.attempts import Attempts
    from scribe.adapters.jobs_table import JobsTable
    from scribe.keys import Upload
    from scribe.shapes import Language, LanguageChoice, Source


class UploadIgnored(Exception):
    """The object belongs to no job: nothing is started, and the operators see it counted."""


@dataclass(frozen=True)
class Starter:
    """Starts the execution of each uploaded recording.

    Attributes:
        jobs: where jobs from the inbox are made; the API makes the others.
        attempts: what claims and starts executions.
        default_language: of inbox recordings whose key states none.
        default_ui_language: of mails about inbox recordings.
    """

    jobs: JobsTable
    attempts: Attempts
    default_language: LanguageChoice
    default_ui_language: Language

    def start(self, event: Mapping[str, Any]) -> None:
        """Start the execution of one `upload-event`.

        Raises:
            UploadIgnored: the key belongs to no job, or to one that nobody asked for.
            Superseded: the job was deleted, or its first attempt has begun already.
        """
        source = _source(event)
        upload = keys.upload_of(source["bucket"], source["key"], event["s3"]["object"]["sequencer"])
        if upload is None:
            raise UploadIgnored("the key belongs to no job")
        if upload.from_inbox:
            self._create(upload)
        try:
            self.attempts.first(upload.user_id, upload.job_id, source)
        except JobMissing as error:
            # The row is written before the upload URL is given away, so it was deleted long
            # ago or never existed.
            raise UploadIgnored("no job awaits this upload") from error

    def _create(self, upload: Upload) -> None:
        self.jobs.create(
            NewJob(
                user_id=upload.user_id,
                job_id=upload.job_id,
                file_name=upload.file_name,
                language=upload.language or self.default_language,
                ui_language=self.default_ui_language,
                email=None,
            )
        )


def _source(event: Mapping[str, Any]) -> Source:
    uploaded = event["s3"]["object"]
    return {
        "bucket": event["s3"]["bucket"]["name"],
        "key": unquote_plus(uploaded["key"]),
        "size_bytes": uploaded["size"],
        "etag": uploaded.get("eTag", ""),
        "version_id": uploaded.get("versionId"),
    }
