"""The recordings that the audio bucket holds: that of one job, and all that lie in the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from scribe import keys
from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from scribe.jobs import UploadPlan
    from scribe.shapes import Source

_WITHOUT_VERSIONS: Final = "null"
"""The version id of an object that was stored before the bucket had versions."""

Position = dict[str, str]
"""How far a list has been read; empty at its beginning."""


@dataclass(frozen=True)
class Arrived:
    """A recording in the inbox.

    Attributes:
        source: the recording; it has a version id.
        at: when it was stored.
    """

    source: Source
    at: datetime


class Recordings:
    """Looks for recordings.

    Args:
        client: S3's.
        bucket: the audio bucket.

    Raises:
        StorageUnavailable: from every method, when S3 refuses or does not answer.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def find(self, key: str) -> Source | None:
        """The recording of that key, as its event would have told it; None if it is not there."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise StorageUnavailable(f"looking for {key}: {error}") from error
        except BotoCoreError as error:
            raise StorageUnavailable(f"looking for {key}: {error}") from error
        version = head.get("VersionId")
        return {
            "bucket": self._bucket,
            "key": key,
            "size_bytes": head["ContentLength"],
            "etag": head["ETag"].strip('"'),
            "version_id": None if version == _WITHOUT_VERSIONS else version,
        }

    def last_part_at(self, plan: UploadPlan) -> datetime | None:
        """When the last part of an upload came; None where S3 holds no part of it."""
        if plan["upload_id"] is None:
            return None
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=plan["key"], UploadId=plan["upload_id"]
        )
        try:
            return max(
                (part["LastModified"] for page in pages for part in page.get("Parts", ())),
                default=None,
            )
        except self._client.exceptions.NoSuchUpload:
            return None
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"listing parts of {plan['key']}: {error}") from error

    def inbox(self, position: Position) -> tuple[list[Arrived], Position]:
        """One page of the recordings in the inbox, those that were replaced too.

        Args:
            position: what the page before returned; empty for the first.

        Returns:
            The recordings, and how far the list has been read: empty at its end. Those that
            were stored before the bucket had versions are left out: their jobs' ids come from
            events alone.
        """
        try:
            page = self._client.list_object_versions(
                Bucket=self._bucket,
                Prefix=f"{keys.INBOX}/",
                **position,  # type: ignore[arg-type]  # the two markers, or none
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"listing the inbox: {error}") from error
        found = [
            Arrived(
                {
                    "bucket": self._bucket,
                    "key": version["Key"],
                    "size_bytes": version["Size"],
                    "etag": version["ETag"].strip('"'),
                    "version_id": version["VersionId"],
                },
                version["LastModified"],
            )
            for version in page.get("Versions", ())
            if version["VersionId"] != _WITHOUT_VERSIONS
        ]
        if not page.get("IsTruncated"):
            return found, {}
        return found, {
            "KeyMarker": page["NextKeyMarker"],
            "VersionIdMarker": page["NextVersionIdMarker"],
        }
