"""The web page's files: read from where they are made, and put where the edge reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

ROOT: Final = Path(__file__).resolve().parent.parent
API_PAGE: Final = ROOT / "api-page"
SWAGGER_UI: Final = ROOT / "node_modules" / "swagger-ui-dist"
SWAGGER_UI_FILES: Final = (
    "LICENSE",
    "NOTICE",
    "favicon-32x32.png",
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
)

OUTPUT: Final = "WebBucketName"
"""The stack's output that names the bucket (resources/edge.yml)."""

CONTENT_TYPES: Final = {
    "": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}

ASKED_AGAIN: Final = "public, max-age=60"
NEVER_CHANGES: Final = "public, max-age=31536000, immutable"
"""For files whose address changes with what they hold."""


@dataclass(frozen=True)
class WebFile:
    """A file as the edge serves it.

    Attributes:
        address: its path, without the first slash: the key in the bucket.
        body: its bytes.
        content_type: its media type.
        cache_control: how long a browser keeps it.
    """

    address: str
    body: bytes
    content_type: str
    cache_control: str


def files() -> Iterator[WebFile]:
    """All files of the page; those that refer to others come after them."""
    swagger_ui = f"docs/swagger-ui-{_version(SWAGGER_UI)}/"
    for name in SWAGGER_UI_FILES:
        path = SWAGGER_UI / name
        yield WebFile(swagger_ui + name, path.read_bytes(), _type_of(path), NEVER_CHANGES)
    own = (path for path in API_PAGE.rglob("*.*") if path.suffix != ".md")
    for path in sorted(own, key=lambda path: (path.suffix == ".html", path)):
        # People see and type `/docs`.
        address = path.relative_to(API_PAGE).as_posix().removesuffix(".html")
        body = path.read_bytes().replace(b"docs/swagger-ui/", swagger_ui.encode())
        yield WebFile(address, body, _type_of(path), ASKED_AGAIN)


def publish(s3: S3Client, bucket: str) -> None:
    """Put all files into the bucket that the edge reads.

    Files of earlier versions stay: pages that are open refer to them.
    """
    for file in files():
        s3.put_object(
            Bucket=bucket,
            Key=file.address,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
        )


def _type_of(path: Path) -> str:
    return CONTENT_TYPES[path.suffix]


def _version(package: Path) -> str:
    version: str = json.loads((package / "package.json").read_text("utf-8"))["version"]
    return version
