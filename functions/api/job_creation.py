"""Makes a job: within its owner's limits, and once for each Idempotency-Key."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from scribe import keys, limits, ulid, uploads
from scribe.errors import StorageUnavailable
from scribe.jobs import NewJob, UploadPlan
from scribe.limits import LimitReached
from scribe.schemas import Violation

from functions.api.operations import IDEMPOTENCY_KEY
from functions.api.problems import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.uploads import Uploads
    from scribe.adapters.usage_table import UsageTable
    from scribe.limits import Limits
    from scribe.shapes import Language, LanguageChoice

    from functions.api.caller import Caller

METADATA_BYTES: Final = 2048
KEPT_SECONDS: Final = 24 * 3600
"""How long a repeated request with the same key is answered with the same job."""

_REACHED: Final[Mapping[limits.Limit, Code]] = {
    "open_jobs": Code.OPEN_JOBS_REACHED,
    "jobs_per_day": Code.JOBS_PER_DAY_REACHED,
    "bytes_per_day": Code.BYTES_PER_DAY_REACHED,
    "minutes_per_day": Code.MINUTES_PER_DAY_REACHED,
}


@dataclass(frozen=True)
class JobCreation:
    """Makes jobs.

    Attributes:
        jobs: where they are written.
        usage: where they are counted.
        uploads: where large recordings' uploads are begun.
        limits: of each user.
        default_language: of recordings whose owner states none.
        default_ui_language: of mails to owners who state none.
        answered: which requests were answered, by user and Idempotency-Key.
    """

    jobs: JobsTable
    usage: UsageTable
    uploads: Uploads
    limits: Limits
    default_language: LanguageChoice
    default_ui_language: Language
    answered: BasePersistenceLayer

    def create(
        self,
        caller: Caller,
        wished: Mapping[str, Any],
        *,
        idempotency_key: str | None,
        context: LambdaContext,
    ) -> str:
        """Make a job, or find the one that was made for the same key before.

        Args:
            caller: whose job it is.
            wished: a document of the schema `api-new-job`.
            idempotency_key: as the caller chose it.
            context: of the call: while it lasts, its key is taken.

        Returns:
            The job's id.

        Raises:
            Problem: the job cannot be made, or the key is not free for it.
            StorageUnavailable: DynamoDB or S3 refuses or does not answer.
        """
        _require_supported(wished)
        self._require_sizes(wished)
        asked = {"user_id": caller.user_id, "email": caller.email, "wished": wished}
        try:
            if idempotency_key is None:
                return self._create(asked)["job_id"]
            return self._create_once(asked, idempotency_key, context)
        except LimitReached as reached:
            raise Problem(_REACHED[reached.limit], retry_seconds=reached.retry_seconds) from reached

    def _require_sizes(self, wished: Mapping[str, Any]) -> None:
        if wished["size_bytes"] > self.limits.file_bytes:
            raise Problem(Code.AUDIO_TOO_LARGE, f"at most {self.limits.file_bytes} bytes")
        metadata = json.dumps(wished.get("metadata", {}), ensure_ascii=False)
        if len(metadata.encode()) > METADATA_BYTES:
            raise Problem(Code.BODY_INVALID, errors=[Violation("/metadata", "maxBytes")])

    def _create_once(
        self, asked: Mapping[str, Any], idempotency_key: str, context: LambdaContext
    ) -> str:
        if not re.fullmatch(IDEMPOTENCY_KEY, idempotency_key):
            raise Problem(Code.IDEMPOTENCY_KEY_INVALID)
        create = idempotent_function(
            self._create,
            data_keyword_argument="asked",
            persistence_store=self.answered,
            key_prefix="createJob",
            config=IdempotencyConfig(
                event_key_jmespath="[user_id, key]",
                payload_validation_jmespath="wished",
                expires_after_seconds=KEPT_SECONDS,
                hash_function="sha256",
                lambda_context=context,
            ),
        )
        try:
            made: dict[str, str] = create(asked={**asked, "key": idempotency_key})
        except IdempotencyValidationError as error:
            raise Problem(Code.IDEMPOTENCY_KEY_REUSED) from error
        except IdempotencyAlreadyInProgressError as error:
            raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, retry_seconds=1) from error
        except (IdempotencyPersistenceLayerError, IdempotencyInconsistentStateError) as error:
            raise StorageUnavailable(f"the idempotency table: {error}") from error
        return made["job_id"]

    def _create(self, asked: Mapping[str, Any]) -> dict[str, str]:
        user_id, wished = asked["user_id"], asked["wished"]
        if self.jobs.count_open(user_id) >= self.limits.open_jobs:
            raise LimitReached("open_jobs", limits.OPEN_JOBS_RETRY_SECONDS)
        self.usage.count(user_id, wished["size_bytes"], self.limits)
        job_id = ulid.create(time.time_ns() // 1_000_000, secrets.token_bytes(10))
        self.jobs.create(
            NewJob(
                user_id=user_id,
                job_id=job_id,
                file_name=wished["file_name"],
                language=wished.get("language", self.default_language),
                ui_language=wished.get("ui_language", self.default_ui_language),
                email=asked["email"],
                vocabulary=wished.get("vocabulary", ""),
                metadata=wished.get("metadata", {}),
                upload=self._plan(user_id, job_id, wished),
            )
        )
        return {"job_id": job_id}

    def _plan(self, user_id: str, job_id: str, wished: Mapping[str, Any]) -> UploadPlan:
        content_type, size_bytes = wished["content_type"], wished["size_bytes"]
        extension = uploads.extension(wished["file_name"], content_type)
        key = keys.audio(user_id, job_id, extension)
        part_bytes = uploads.part_bytes(size_bytes)
        return {
            "key": key,
            "content_type": content_type,
            "size_bytes": size_bytes,
            "part_bytes": part_bytes,
            # An upload that is begun and then not announced is dropped by the bucket in a day.
            "upload_id": None if part_bytes is None else self.uploads.begin(key, content_type),
        }


def _require_supported(wished: Mapping[str, Any]) -> None:
    # Reserved, so that a caller who asks for speakers is told, and not given none in silence.
    if wished.get("speakers", "off") != "off":
        raise Problem(Code.SPEAKERS_NOT_SUPPORTED)
