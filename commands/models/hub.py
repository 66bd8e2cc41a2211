"""Reads files from a model hub with the Hugging Face URL layout, resuming and checking them.

`huggingface_hub` is installed, and not used here, for three measured reasons: without a
network it says so after 23 seconds; a body cut in the middle and a 429 end its download;
and its endpoint and offline switch are constants of the process, which WhisperX sets to
"offline".
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from commands.models.errors import ModelCorrupt, ModelUnknown, ModelUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEFAULT_ENDPOINT: Final = "https://huggingface.co"

_TIMEOUT_SECONDS: Final = (5.0, 30.0)  # to connect, between two bytes
_PIECE_BYTES: Final = 1 << 20
_CUTS: Final = 5  # in a row, without one more byte
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Digest:
    """A checksum and how it is made; `git-sha1` is git's own of a small file."""

    kind: Literal["sha256", "git-sha1"]
    value: str


@dataclass(frozen=True)
class RemoteFile:
    """One file at a server; `size` in bytes, `commit` empty where the server does not tell it."""

    path: str
    url: str
    size: int
    digest: Digest
    commit: str

    @property
    def origin(self) -> str:
        """The server's address: scheme, host and port."""
        return _origin(self.url)


class Hub:
    """A hub of models.

    Args:
        endpoint: its address, without a slash at the end.
        pause_seconds: before the second attempt; it doubles with each further one.
    """

    def __init__(self, endpoint: str = DEFAULT_ENDPOINT, *, pause_seconds: float = 1.0) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._pause_seconds = pause_seconds
        self._session = requests.Session()
        # A length and a checksum are those of the file, not of a compressed transfer.
        self._session.headers["Accept-Encoding"] = "identity"
        # No retry of a failed connection: whoever is offline hears it at once.
        retries = Retry(
            total=4,
            connect=0,
            backoff_factor=pause_seconds,
            status_forcelist={429, 500, 502, 503, 504},
            raise_on_status=False,
            retry_after_max=30,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retries))

    def describe(self, repository: str, revision: str, path: str) -> RemoteFile:
        """Ask for one file's length and checksum.

        Raises:
            ModelUnknown: the hub has no such repository, revision or file.
            ModelUnreachable: the hub does not answer, or refuses.
        """
        url = f"{self.endpoint}/{repository}/resolve/{quote(revision, safe='')}/{quote(path)}"
        headers = self._head(url, path)
        etag = headers.get("X-Linked-Etag") or headers.get("ETag") or ""
        size = headers.get("X-Linked-Size") or headers.get("Content-Length") or ""
        value = etag.removeprefix("W/").strip('"')
        if not value or not size.isdecimal():
            raise ModelUnreachable(f"{self.endpoint} does not say what {path} is: no model hub?")
        digest = Digest("sha256" if _SHA256.fullmatch(value) else "git-sha1", value)
        return RemoteFile(path, url, int(size), digest, headers.get("X-Repo-Commit", ""))

    def download(self, file: RemoteFile, target: Path, on_bytes: Callable[[int], None]) -> str:
        """Fetch one file; what an earlier run has fetched of it is kept.

        Args:
            file: from `describe`.
            target: where the file goes; it appears there whole and checked, or not at all.
            on_bytes: is told how many bytes there are more; a negative number takes back.

        Returns:
            The file's SHA-256.

        Raises:
            ModelCorrupt: the hub served something else than it described.
            ModelUnreachable: the hub stopped answering.
        """
        if _size(target) == file.size:
            checksums = _checksums(target)
            if checksums[file.digest.kind] == file.digest.value:
                on_bytes(file.size)
                return checksums["sha256"]
        target.parent.mkdir(parents=True, exist_ok=True)
        # The checksum is part of the name, so that a resumed file is never a mixture of two
        # versions. If-Range could not say so: the hub's CDN has ETags of its own.
        part = target.with_name(f"{target.name}.{file.digest.value[:16]}.part")
        resumed = _size(part)
        on_bytes(resumed)
        self._fill(file, part, on_bytes)
        checksums = _checksums(part)
        if checksums[file.digest.kind] != file.digest.value:
            on_bytes(-_size(part))
            part.unlink()
            if resumed:  # the damage may be that of the earlier run
                return self.download(file, target, on_bytes)
            raise ModelCorrupt(f"{file.path} from {file.origin} has the wrong checksum")
        part.replace(target)
        return checksums["sha256"]

    def _head(self, url: str, path: str) -> requests.structures.CaseInsensitiveDict[str]:
        """The headers of the hub itself, which its CDN does not repeat."""
        for _ in range(5):
            try:
                response = self._session.head(url, allow_redirects=False, timeout=_TIMEOUT_SECONDS)
            except requests.RequestException as error:
                raise _unreachable(url, error) from error
            _require_success(response, path, url)
            location = response.headers.get("Location", "")
            if not response.is_redirect or not location.startswith("/"):
                return response.headers
            url = urljoin(url, location)  # a repository that was renamed
        raise ModelUnreachable(f"{self.endpoint} redirects without end")

    def _fill(self, file: RemoteFile, part: Path, on_bytes: Callable[[int], None]) -> None:
        cuts = 0
        while (have := _size(part)) < file.size:
            failure: Exception
            try:
                self._stream(file, part, have, on_bytes)
                failure = ModelCorrupt(f"{file.path} ends before its {file.size} bytes")
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                failure = _unreachable(file.url, error)
            cuts = 0 if _size(part) > have else cuts + 1
            if cuts == _CUTS:
                raise failure
            if cuts:
                time.sleep(self._pause_seconds * 2 ** (cuts - 1))

    def _stream(
        self, file: RemoteFile, part: Path, have: int, on_bytes: Callable[[int], None]
    ) -> None:
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self._session.get(
            file.url, headers=headers, stream=True, timeout=_TIMEOUT_SECONDS
        ) as response:
            _require_success(response, file.path, file.url)
            if have and response.status_code != requests.codes.partial_content:
                on_bytes(-have)  # the server does not resume and begins anew
                have = 0
            with part.open("ab" if have else "wb") as output:
                for piece in response.iter_content(_PIECE_BYTES):
                    have += len(piece)
                    if have > file.size:
                        part.unlink()
                        raise ModelCorrupt(f"{file.path} is longer than its {file.size} bytes")
                    output.write(piece)
                    on_bytes(len(piece))


def hub_of_environment() -> Hub:
    """The hub at `HF_ENDPOINT`, a mirror for instance, or the public one."""
    return Hub(os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT)


def _require_success(response: requests.Response, path: str, asked: str) -> None:
    origin = _origin(asked)
    if response.status_code == requests.codes.not_found:
        raise ModelUnknown(f"{origin} has no {path} there: {response.url}")
    if response.status_code == requests.codes.requested_range_not_satisfiable:
        raise ModelCorrupt(f"{path} is shorter at {origin} than it says")
    if not response.ok:
        raise ModelUnreachable(
            f"{origin} answered {response.status_code} {response.reason} for {path}"
        )


def _unreachable(url: str, error: Exception) -> ModelUnreachable:
    return ModelUnreachable(f"{_origin(url)} cannot be reached ({_reason(error)})")


def _origin(url: str) -> str:
    """The server's address: scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: urllib3 nests them four deep."""
    text = str(error)
    for sign, meaning in (
        ("NameResolution", "its name is not known here: no network?"),
        ("refused", "the connection was refused"),
        ("timed out", "no answer within the time"),
        ("certificate", "its certificate is not trusted"),
        ("ProxyError", "the proxy does not let it through"),
    ):
        if sign in text:
            return meaning
    return type(error).__name__


def sha256_of(path: Path) -> str:
    """A file's SHA-256, read piece by piece."""
    return _checksums(path)["sha256"]


def _checksums(path: Path) -> dict[str, str]:
    sha256 = hashlib.sha256()
    git = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            sha256.update(piece)
            git.update(piece)
    return {"sha256": sha256.hexdigest(), "git-sha1": git.hexdigest()}
