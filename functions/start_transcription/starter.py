"""From an uploaded object to one running execution, however often the event arrives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from scribe import executions, keys, schemas
from scribe.jobs import JobMissing, NewJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.workflow import Workflow
    from scribe.jobs import Job
    from scribe.keys import Upload
    from scribe.shapes import ExecutionInput, Language, LanguageChoice, Source

_ATTEMPT = 1
"""An upload starts a job's first attempt; later ones are replays, which operators start."""


class UploadIgnored(Exception):
    """The object belongs to no job: nothing is started, and the operators see it counted."""


@dataclass(frozen=True)
class Starter:
    """Starts the execution of each uploaded recording.

    Attributes:
        jobs: where the attempt is claimed before it is started.
        workflow: what starts it.
        state_machine_arn: the state machine.
        default_language: of inbox recordings whose key states none.
        default_ui_language: of mails about inbox recordings.
    """

    jobs: JobsTable
    workflow: Workflow
    state_machine_arn: str
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
        name = executions.name_of(upload.job_id, _ATTEMPT)
        try:
            # Claimed first: PrepareAudio, at once, asks whether its execution is current.
            job = self.jobs.claim_attempt(
                upload.user_id,
                upload.job_id,
                attempt=_ATTEMPT,
                execution_arn=executions.arn_of(self.state_machine_arn, name),
                source=source,
            )
        except JobMissing as error:
            # The row is written before the upload URL is given away, so it was deleted long
            # ago or never existed.
            raise UploadIgnored("no job awaits this upload") from error
        self.workflow.start(
            self.state_machine_arn, name=name, execution_input=_execution_input(job)
        )

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


def _execution_input(job: Job) -> str:
    """The input, from the claimed row alone: the same claim has the same input, always."""
    document: ExecutionInput = {
        "version": 1,
        "user_id": job["user_id"],
        "job_id": job["job_id"],
        "attempt": job["attempt"],
        "source": job["source"],
        "file_name": job["file_name"],
        "language": job["language"],
        "vocabulary": job.get("vocabulary", ""),
    }
    schemas.validate("execution-input", document)
    return json.dumps(document, ensure_ascii=False, sort_keys=True)
