"""Uploads to the audio bucket: requests that a browser may send, and S3's uploads in parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from scribe import jobs, uploads
from scribe.errors import StorageUnavailable
from scribe.uploads import Part, UploadGone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

    from scribe.jobs import UploadPlan


@dataclass(frozen=True)
class SignedRequest:
    """A PUT request that needs no further credentials.

    Attributes:
        url: where it goes.
        headers: what it must carry, to the letter: the signature covers them.
        expires_at: when it ends at the latest, as `jobs.timestamp` writes it. It ends with the
            session of the role that signed it, which may be earlier.
    """

    url: str
    headers: Mapping[str, str]
    expires_at: str


class Uploads:
    """Uploads of recordings that were announced.

    Args:
        client: S3, with signature version 4.
        bucket: the audio bucket.
        lifetime_seconds: of a signed request.
        clock: the present moment.

    Raises:
        StorageUnavailable: from every method, when S3 refuses or does not answer.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        *,
        lifetime_seconds: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock

    def put_request(self, plan: UploadPlan) -> SignedRequest:
        """The request that uploads a recording in one piece, and never a second time."""
        size, content_type = plan["size_bytes"], plan["content_type"]
        return self._signed(
            "put_object",
            {
                "Key": plan["key"],
                "ContentLength": size,
                "ContentType": content_type,
                "IfNoneMatch": "*",
            },
            {"Content-Length": str(size), "Content-Type": content_type, "If-None-Match": "*"},
        )

    def part_request(self, plan: UploadPlan, number: int) -> SignedRequest:
        """The request that uploads one part, which must have its exact size."""
        size = uploads.part_sizes(plan)[number]
        return self._signed(
            "upload_part",
            {
                "Key": plan["key"],
                "UploadId": plan["upload_id"],
                "PartNumber": number,
                "ContentLength": size,
            },
            {"Content-Length": str(size)},
        )

    def begin(self, key: str, content_type: str) -> str:
        """Begin an upload in parts, and return S3's name of it."""
        try:
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type
            )
        except (BotoCoreError, ClientError) as error:
            raise self._named("beginning", key, error) from error
        return answer["UploadId"]

    def parts(self, plan: UploadPlan) -> list[Part]:
        """The parts that S3 holds, by their numbers.

        Raises:
            UploadGone: it holds no such upload.
        """
        pages = self._client.get_paginator("list_parts").paginate(**self._upload(plan))
        try:
            return [
                Part(part["PartNumber"], part["ETag"].strip('"'), part["Size"])
                for page in pages
                for part in page.get("Parts", ())
            ]
        except (BotoCoreError, ClientError) as error:
            raise self._named("listing", plan["key"], error) from error

    def complete(self, plan: UploadPlan, parts: Iterable[Part]) -> None:
        """Make the recording out of its parts.

        Raises:
            UploadGone: S3 holds no such upload.
        """
        listed: list[CompletedPartTypeDef] = [
            {"PartNumber": part.number, "ETag": part.etag} for part in parts
        ]
        try:
            self._client.complete_multipart_upload(
                **self._upload(plan), MultipartUpload={"Parts": listed}
            )
        except (BotoCoreError, ClientError) as error:
            raise self._named("completing", plan["key"], error) from error

    def abort(self, plan: UploadPlan) -> None:
        """Drop an upload in parts and what was sent of it; one that is gone is no error."""
        try:
            self._client.abort_multipart_upload(**self._upload(plan))
        except (BotoCoreError, ClientError) as error:
            named = self._named("aborting", plan["key"], error)
            if not isinstance(named, UploadGone):
                raise named from error

    def is_stored(self, plan: UploadPlan) -> bool:
        """Whether the whole recording is in the bucket."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=plan["key"])
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise self._named("looking for", plan["key"], error) from error
        except BotoCoreError as error:
            raise self._named("looking for", plan["key"], error) from error
        return head["ContentLength"] == plan["size_bytes"]

    def _upload(self, plan: UploadPlan) -> Any:  # noqa: ANN401  # arguments of several calls
        return {"Bucket": self._bucket, "Key": plan["key"], "UploadId": plan["upload_id"]}

    def _signed(
        self, operation: str, parameters: Mapping[str, object], headers: Mapping[str, str]
    ) -> SignedRequest:
        url = self._client.generate_presigned_url(
            operation,
            Params={"Bucket": self._bucket, **parameters},
            ExpiresIn=self._lifetime_seconds,
        )
        end = self._clock() + timedelta(seconds=self._lifetime_seconds)
        return SignedRequest(url, headers, jobs.timestamp(end))

    def _named(self, what: str, key: str, error: BotoCoreError | ClientError) -> Exception:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchUpload":
            return UploadGone(key)
        return StorageUnavailable(f"{what} {key}: {error}")
