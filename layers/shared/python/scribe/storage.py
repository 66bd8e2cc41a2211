"""What the platform's rules ask of an object store; `scribe.adapters.storage` is S3's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.shapes import ObjectReference


class ObjectMissing(Exception):
    """No object has this key; the caller knows whether that is an error."""


class Storage(Protocol):
    """Whole small objects; every method raises StorageUnavailable when the store fails."""

    def read_json(self, reference: ObjectReference, schema: str) -> Any:  # noqa: ANN401  # the schema is the type
        """Read a document and check it; raises ObjectMissing or ShapeInvalid."""

    def write_json(
        self,
        reference: ObjectReference,
        schema: str,
        document: Mapping[str, Any],
        *,
        content_disposition: str | None = None,
    ) -> None:
        """Check a document and write it; raises ShapeInvalid."""

    def write_bytes(
        self,
        reference: ObjectReference,
        body: bytes,
        *,
        content_type: str,
        content_disposition: str | None = None,
    ) -> None:
        """Write an object whole."""

    def delete(self, references: list[ObjectReference]) -> None:
        """Delete objects; those that do not exist are no error."""
