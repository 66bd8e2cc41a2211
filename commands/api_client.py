"""Uses the HTTP API as a user's program does: announces, uploads, follows, downloads.

Every failure is an `ApiError` whose text says what to do:

    ApiError
    ├── ApiUnreachable      nothing answers, or only after too long
    ├── RequestRefused      the API answered with a problem; its `code` is stable
    ├── UploadRefused       the storage did not take the recording
    └── DownloadRefused     the edge did not give a file
"""

from __future__ import annotations

import mimetypes
import re
import secrets
import time
from typing import IO, TYPE_CHECKING, Any, Final

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from requests import Response

TIMEOUT_SECONDS: Final = (5.0, 60.0)
"""To connect, and to wait for the next bytes."""
WAITS: Final = (0.5, 1.0, 2.0, 4.0)
"""Between the tries of one request, in seconds."""
LONGEST_WAIT_SECONDS: Final = 10
"""An answer that asks for more patience than this is given to the caller."""
SIGNED_AT_ONCE: Final = 20
"""Parts; the links of more might end before they are used."""

_BROKEN_OFF: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_STORED_BEFORE: Final = 412
_UNKNOWN_TYPE: Final = "application/octet-stream"
_TYPES: Final = mimetypes.MimeTypes(filenames=())  # the same ones on every machine
_ADVICE: Final[Mapping[str, str]] = {
    "audio_too_large": "Split the recording, or reduce its size.",
    "bytes_per_day_reached": "Try again tomorrow, or raise `bytesPerUserPerDay`.",
    "jobs_per_day_reached": "Try again tomorrow, or raise `jobsPerUserPerDay`.",
    "minutes_per_day_reached": "Try again tomorrow, or raise `minutesPerUserPerDay`.",
    "open_jobs_reached": "Wait until some jobs have ended, or raise `openJobsPerUser`.",
    "unauthenticated": "Sign in again: the session is not known here, or has ended.",
    "upload_gone": "Announce the recording again: its upload was given up.",
    "unavailable": "Try again in a minute.",
}


class ApiError(Exception):
    """Something between this program and the API went wrong; the text says what to do."""


class ApiUnreachable(ApiError):
    """Nothing answers, or only after too long."""


class RequestRefused(ApiError):
    """The API answered with a problem.

    Attributes:
        status: of the answer.
        code: of the problem; `unauthenticated` where an authorizer refused without one.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status: Final = status
        usual = "unauthenticated" if status in {401, 403} else f"http_{status}"
        self.code: Final[str] = problem.get("code", usual)
        faults = [f"{fault['pointer']} ({fault['code']})" for fault in problem.get("errors", ())]
        said = [problem.get("title", "The API refused the request"), problem.get("detail", "")]
        text = ": ".join(filter(None, [*said, ", ".join(faults)]))
        advice = _ADVICE.get(self.code, "")
        super().__init__(f"{text} [{self.code}]. {advice}".rstrip())


class UploadRefused(ApiError):
    """The storage did not take the recording."""


class DownloadRefused(ApiError):
    """The edge did not give a file."""


def content_type(file: Path) -> str:
    """What a file is by its name, as the API takes it."""
    guessed, _ = _TYPES.guess_type(file.name)
    is_media = guessed is not None and guessed.startswith(("audio/", "video/"))
    return guessed if guessed and is_media else _UNKNOWN_TYPE


class ApiClient:
    """One user's program.

    Args:
        url: of the API, without a slash at the end.
        token: gives a session token; asked for each request, because they live for a minute.
        sleep: waits so many seconds.
    """

    def __init__(
        self, url: str, token: Callable[[], str], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._url = url
        self._token = token
        self._sleep = sleep
        self._http = requests.Session()
        # The machine's proxies and its .netrc have no part in this.
        self._http.trust_env = False

    def create_job(self, wished: Mapping[str, Any]) -> dict[str, Any]:
        """Announce a recording.

        Args:
            wished: a document of the schema `api-new-job`.

        Returns:
            One of the schema `api-created-job`.

        Raises:
            ApiError: no job was made.
        """
        # One key for all tries: they make one job.
        key = {"Idempotency-Key": secrets.token_hex(16)}
        return self.call("POST", "/jobs", wished, headers=key)

    def job(self, job_id: str) -> dict[str, Any]:
        """How a job is, as the schema `api-job` describes it.

        Raises:
            ApiError: it could not be learnt.
        """
        return self.call("GET", f"/jobs/{job_id}")

    def upload(self, created: Mapping[str, Any], file: Path) -> None:
        """Upload an announced recording as the API says: in one piece, or in parts.

        Args:
            created: what `create_job` returned.
            file: the recording, unchanged since it was announced.

        Raises:
            ApiError: it was not uploaded.
        """
        job_id, how = created["job"]["job_id"], created["upload"]
        if how is None:
            return  # it is there already
        with file.open("rb") as recording:
            if how["kind"] == "put":
                self._put(how, recording)
            else:
                self._put_parts(job_id, how, recording)

    def download(self, job_id: str, fmt: str, path: Path) -> None:
        """Download a job's transcript.

        Args:
            job_id: of a completed job.
            fmt: `json`, `txt`, `srt` or `vtt`.
            path: where it goes.

        Raises:
            ApiError: it was not downloaded.
        """
        link = self.call("GET", f"/jobs/{job_id}/transcript?format={fmt}")
        answer = self._send("GET", link["url"], {})
        if answer.status_code != requests.codes.ok:
            raise DownloadRefused(
                f"The transcript could not be downloaded (HTTP {answer.status_code}). "
                "Ask for its link again: it ends after a day."
            )
        path.write_bytes(answer.content)

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send one request that may be repeated, and return the document of the answer.

        Raises:
            ApiUnreachable: nothing answered, however often it was tried.
            RequestRefused: the answer is a problem.
        """
        answer = self._send(method, self._url + path, headers or {}, json=body, signed_in=True)
        document = _document(answer)
        if not answer.ok or document is None:
            raise RequestRefused(answer.status_code, document or {})
        return document

    def _put_parts(self, job_id: str, how: Mapping[str, Any], recording: IO[bytes]) -> None:
        done = []
        for numbers in _batches(how["part_count"], SIGNED_AT_ONCE):
            wished = {"part_numbers": numbers}
            for part in self.call("POST", f"/jobs/{job_id}/upload/parts", wished)["parts"]:
                number: int = part["part_number"]
                recording.seek((number - 1) * how["part_bytes"])
                answer = self._put(part, recording.read(how["part_bytes"]))
                done.append({"part_number": number, "etag": answer.headers["ETag"]})
        self.call("POST", f"/jobs/{job_id}/upload/complete", {"parts": done})

    def _put(self, how: Mapping[str, Any], body: IO[bytes] | bytes) -> Response:
        answer = self._send(how["method"], how["url"], how["headers"], body=body)
        # Refused because it is there: an earlier try has stored it, whose answer got lost.
        if not answer.ok and answer.status_code != _STORED_BEFORE:
            named = re.search(r"<Code>(\w+)</Code>", answer.text)
            raise UploadRefused(
                f"The storage refused the recording (HTTP {answer.status_code}"
                f"{f', {named[1]}' if named else ''}). Check that the file did not change while "
                "it was uploaded, and try again."
            )
        return answer

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        json: Mapping[str, Any] | None = None,
        body: IO[bytes] | bytes | None = None,
        signed_in: bool = False,
    ) -> Response:
        """Send a request again until it is answered, or there is no point."""
        waits = iter(WAITS)
        while True:
            own = {"Authorization": f"Bearer {self._token()}"} if signed_in else {}
            if body is not None and not isinstance(body, bytes):
                body.seek(0)
            try:
                answer = self._http.request(
                    method,
                    url,
                    data=body,
                    json=json,
                    headers={**headers, **own},
                    timeout=TIMEOUT_SECONDS,
                )
            except _BROKEN_OFF as error:
                wait = next(waits, None)
                if wait is None:
                    raise ApiUnreachable(
                        f"{_origin(url)} does not answer. Check that it runs and that this "
                        "machine reaches it, then try again."
                    ) from error
            else:
                wait = _patience(answer, next(waits, None))
                if wait is None:
                    return answer
            self._sleep(wait)


def _patience(answer: Response, usual: float | None) -> float | None:
    """How long to wait before the same request is sent again; None to take the answer."""
    asked = answer.headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked) if usual and int(asked) <= LONGEST_WAIT_SECONDS else None
    return usual if answer.status_code in _PASSING else None


def _document(answer: Response) -> dict[str, Any] | None:
    try:
        document = answer.json()
    except requests.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _batches(count: int, size: int) -> Iterator[list[int]]:
    for first in range(1, count + 1, size):
        yield list(range(first, min(first + size, count + 1)))


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
