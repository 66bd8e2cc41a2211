"""From S3's event about an upload to one running execution, however often the event comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from scribe import keys
from scribe.jobs import JobMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.adapters.arrivals import Arrivals
    from scribe.shapes import Source


class UploadIgnored(Exception):
    """The object belongs to no job: nothing is started, and the operators see it counted."""


@dataclass(frozen=True)
class Starter:
    """Starts the execution of each uploaded recording.

    Attributes:
        arrivals: what begins jobs.
    """

    arrivals: Arrivals

    def start(self, event: Mapping[str, Any]) -> None:
        """Start the execution of one `upload-event`.

        Raises:
            UploadIgnored: the key belongs to no job, or to one that nobody asked for.
            Superseded: the job was deleted, or its first attempt has begun already.
        """
        source = _source(event)
        version = source["version_id"] or event["s3"]["object"]["sequencer"]
        upload = keys.upload_of(source["bucket"], source["key"], version)
        if upload is None:
            raise UploadIgnored("the key belongs to no job")
        try:
            self.arrivals.begin(upload, source)
        except JobMissing as error:
            raise UploadIgnored("no job awaits this upload") from error


def _source(event: Mapping[str, Any]) -> Source:
    uploaded = event["s3"]["object"]
    return {
        "bucket": event["s3"]["bucket"]["name"],
        "key": unquote_plus(uploaded["key"]),
        "size_bytes": uploaded["size"],
        "etag": uploaded.get("eTag", ""),
        "version_id": uploaded.get("versionId"),
    }
