"""JSON documents and files in S3, checked against their schemas."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from scribe import schemas
from scribe.errors import ShapeInvalid, StorageUnavailable
from scribe.storage import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from scribe.shapes import ObjectReference


__all__ = ["ObjectMissing", "Storage"]

_BODY_TRIES: Final = 3
"""The client tries its requests again, but not a body that stalls or breaks off."""
_DELETED_AT_ONCE: Final = 1000
"""S3's limit on the keys of one DeleteObjects request."""


class Storage:
    """Reads and writes whole small objects.

    Raises:
        StorageUnavailable: from every method, when S3 refuses or does not answer.
    """

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def read_json(self, reference: ObjectReference, schema: str) -> Any:  # noqa: ANN401  # the schema is the type
        """Read a document and check it.

        Raises:
            ObjectMissing: there is no such object.
            ShapeInvalid: the object is no JSON, or does not match the schema.
        """
        body = self.read_bytes(reference)
        try:
            document = json.loads(body)
        except ValueError as error:
            raise ShapeInvalid(f"{schema}: no JSON") from error
        schemas.validate(schema, document)
        return document

    def write_json(
        self,
        reference: ObjectReference,
        schema: str,
        document: Mapping[str, Any],
        *,
        content_disposition: str | None = None,
    ) -> None:
        """Check a document and write it.

        Raises:
            ShapeInvalid: the document does not match the schema.
        """
        schemas.validate(schema, document)
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self.write_bytes(
            reference,
            body,
            content_type="application/json",
            content_disposition=content_disposition,
        )

    def read_bytes(self, reference: ObjectReference) -> bytes:
        """Read an object whole.

        Raises:
            ObjectMissing: there is no such object.
        """
        tries = 1
        while True:
            body = self._open(reference)
            try:
                return body.read()
            except BotoCoreError as error:
                if tries == _BODY_TRIES:
                    raise StorageUnavailable(f"reading {reference['key']}: {error}") from error
            tries += 1

    def write_bytes(
        self,
        reference: ObjectReference,
        body: bytes,
        *,
        content_type: str,
        content_disposition: str | None = None,
    ) -> None:
        """Write an object whole."""
        headers = {"ContentDisposition": content_disposition} if content_disposition else {}
        try:
            self._client.put_object(
                Bucket=reference["bucket"],
                Key=reference["key"],
                Body=body,
                ContentType=content_type,
                **headers,  # type: ignore[arg-type]  # a TypedDict cannot be built from a condition
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"writing {reference['key']}: {error}") from error

    def delete(self, references: list[ObjectReference]) -> None:
        """Delete objects; those that do not exist are no error."""
        by_bucket = itertools.groupby(
            sorted(references, key=lambda reference: reference["bucket"]),
            key=lambda reference: reference["bucket"],
        )
        for bucket, members in by_bucket:
            keys = [member["key"] for member in members]
            for first in range(0, len(keys), _DELETED_AT_ONCE):
                self._delete(bucket, keys[first : first + _DELETED_AT_ONCE])

    def _open(self, reference: ObjectReference) -> StreamingBody:
        try:
            return self._client.get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"]
        except self._client.exceptions.NoSuchKey as error:
            raise ObjectMissing(reference["key"]) from error
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"reading {reference['key']}: {error}") from error

    def _delete(self, bucket: str, keys: list[str]) -> None:
        try:
            answer = self._client.delete_objects(
                Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"deleting {keys[0]}: {error}") from error
        if refused := answer.get("Errors"):
            raise StorageUnavailable(f"deleting {refused[0].get('Key')}: {refused[0].get('Code')}")
