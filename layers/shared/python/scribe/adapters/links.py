"""Addresses at which a private object can be read for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from scribe.shapes import ObjectReference


class Links(Protocol):
    """Whoever makes addresses that need no further credentials."""

    lifetime_seconds: int

    def to(self, reference: ObjectReference) -> str:
        """An address of the object that works for `lifetime_seconds` at most."""


class PresignedLinks:
    """Presigned GET requests to S3.

    Such an address dies with the session of the role that signed it, which may be long
    before its own end. Only addresses that CloudFront's key pair signs live their full day.

    Args:
        client: S3, with signature version 4.
        lifetime_seconds: at most 7 days.
    """

    def __init__(self, client: S3Client, *, lifetime_seconds: int) -> None:
        self._client = client
        self.lifetime_seconds = lifetime_seconds

    def to(self, reference: ObjectReference) -> str:
        """An address of the object; nothing is asked of S3, not even whether it exists."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": reference["bucket"], "Key": reference["key"]},
            ExpiresIn=self.lifetime_seconds,
        )
