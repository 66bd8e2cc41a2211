"""Everything that S3 holds of one job, deleted for good: every version, and uploads in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from scribe import keys
from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

Kind = Literal["recording", "transcript", "results", "chunks"]

_DELETED_AT_ONCE: Final = 1000
"""S3's limit on what one request lists, and on what one deletes."""


@dataclass(frozen=True)
class Amount:
    """How much was deleted.

    Attributes:
        versions: of objects, delete markers among them.
        bytes: of all versions together.
    """

    versions: int
    bytes: int


@dataclass(frozen=True)
class JobData:
    """The objects of jobs in the three buckets.

    Attributes:
        client: S3's.
        audio_bucket: of recordings.
        work_bucket: of chunks and their results.
        transcripts_bucket: of transcripts.

    Raises:
        StorageUnavailable: from every method, when S3 refuses or does not answer; what was
            deleted until then is gone, and the same call deletes the rest.
    """

    client: S3Client
    audio_bucket: str
    work_bucket: str
    transcripts_bucket: str

    def delete(self, user_id: str, job_id: str) -> Mapping[Kind, Amount]:
        """Delete all objects of a job; what is written afterwards stays."""
        prefix = keys.job_prefix(user_id, job_id)
        return {
            "recording": self._delete(self.audio_bucket, prefix),
            "transcript": self._delete(self.transcripts_bucket, prefix),
            "results": self._delete(self.work_bucket, keys.results_prefix(user_id, job_id)),
            # All else in the work bucket: the chunks' audio, and the probe's.
            "chunks": self._delete(self.work_bucket, prefix),
        }

    def abort_uploads(self, user_id: str, job_id: str) -> int:
        """Drop the uploads in parts that were not completed, and return how many there were."""
        prefix = keys.job_prefix(user_id, job_id)
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.audio_bucket, Prefix=prefix
        )
        count = 0
        try:
            for upload in (upload for page in pages for upload in page.get("Uploads", ())):
                self._abort(upload["Key"], upload["UploadId"])
                count += 1
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"aborting uploads under {prefix}: {error}") from error
        return count

    def _abort(self, key: str, upload_id: str) -> None:
        try:
            self.client.abort_multipart_upload(
                Bucket=self.audio_bucket, Key=key, UploadId=upload_id
            )
        except self.client.exceptions.NoSuchUpload:
            return  # completed or aborted meanwhile

    def _delete(self, bucket: str, prefix: str) -> Amount:
        count = size = 0
        try:
            # Always the first page: S3 does not say where a page begins whose marker is gone.
            while batch := self._first_versions(bucket, prefix):
                self._delete_batch(bucket, [version for version, _ in batch])
                count += len(batch)
                size += sum(size for _, size in batch)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"deleting under {prefix}: {error}") from error
        return Amount(count, size)

    def _first_versions(
        self, bucket: str, prefix: str
    ) -> list[tuple[ObjectIdentifierTypeDef, int]]:
        """Versions and delete markers, with their sizes, as many as S3 deletes at once."""
        page = self.client.list_object_versions(
            Bucket=bucket, Prefix=prefix, MaxKeys=_DELETED_AT_ONCE
        )
        sized = [(version, version["Size"]) for version in page.get("Versions", ())]
        markers = [(marker, 0) for marker in page.get("DeleteMarkers", ())]
        return [
            ({"Key": version["Key"], "VersionId": version["VersionId"]}, size)
            for version, size in (*sized, *markers)
        ]

    def _delete_batch(self, bucket: str, versions: list[ObjectIdentifierTypeDef]) -> None:
        answer = self.client.delete_objects(
            Bucket=bucket, Delete={"Objects": versions, "Quiet": True}
        )
        if refused := answer.get("Errors"):
            raise StorageUnavailable(f"deleting {refused[0].get('Key')}: {refused[0].get('Code')}")
