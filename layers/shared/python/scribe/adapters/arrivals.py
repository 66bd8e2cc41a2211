"""From a recording that has arrived to the first attempt at its job, whoever found it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scribe.jobs import NewJob

if TYPE_CHECKING:
    from scribe.adapters.attempts import Attempts
    from scribe.adapters.jobs_table import JobsTable
    from scribe.jobs import Job
    from scribe.keys import Upload
    from scribe.shapes import Language, LanguageChoice, Source


@dataclass(frozen=True)
class Arrivals:
    """Begins the job of each recording, once.

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

    def begin(self, upload: Upload, source: Source) -> Job:
        """Begin the first attempt at a recording's job.

        Args:
            upload: whose recording it is, as its key tells.
            source: the recording.

        Returns:
            The row after the claim.

        Raises:
            JobMissing: nobody announced the recording, or its job was deleted long ago: the
                row is written before an upload's address is given away.
            Superseded: the job was deleted, or its first attempt has begun already.
            StorageUnavailable: DynamoDB refuses or does not answer.
            WorkflowUnavailable: Step Functions does not do its part.
        """
        if upload.from_inbox:
            self._create(upload)
        return self.attempts.first(upload.user_id, upload.job_id, source)

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
