"""One recording on its way through a deployed stage, as a user's program sends it."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests

from commands.api_client import ApiError, RequestRefused, content_type
from models.measures import word_error_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.api_client import ApiClient
    from samples import Sample

LOOK_SECONDS: Final = 2.0
_LINK_SECONDS: Final = 30
_ENDED: Final = frozenset({"COMPLETED", "FAILED", "EXPIRED", "DELETED"})


class TrialFailed(Exception):
    """The stage does not do what it is for; the text says where it stopped."""


@dataclass
class Report:
    """What was seen.

    Attributes:
        job_id: empty until the API has given one.
        seconds: what each step took, in their order.
        word_error_rate: share of wrong, missing and added words; None until it is known.
        from_cache: whether the edge kept the transcript for its second reader; None where it
            does not say.
    """

    job_id: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    word_error_rate: float | None = None
    from_cache: bool | None = None


@dataclass
class Trial:
    """A sample handed in, followed to its end, read by its links, and deleted.

    Attributes:
        api: of the stage.
        sample: the recording and what is said in it.
        most_word_errors: the largest share of words that may be wrong.
        patience_seconds: how long the job may take.
        clock: seconds that never go back.
        sleep: waits so many seconds.
        report: what was seen so far.
    """

    api: ApiClient
    sample: Sample
    most_word_errors: float
    patience_seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    report: Report = field(default_factory=Report)

    def run(self) -> Report:
        """Do all of it; the job is deleted however it ends.

        Raises:
            TrialFailed, ApiError: where it stopped.
        """
        created = self._timed("announce", self._announce)
        self.report.job_id = created["job"]["job_id"]
        try:
            self._timed("upload", lambda: self.api.upload(created, self.sample.path))
            self._timed("transcribe", self._wait)
            self._timed("read", self._read)
        except (TrialFailed, ApiError) as error:
            raise self._given_up(error) from error
        self._timed("delete", self._delete)
        self._require_gone()
        return self.report

    def _announce(self) -> dict[str, Any]:
        return self.api.create_job(
            {
                "file_name": f"smoke-{self.sample.path.name}",
                "size_bytes": self.sample.path.stat().st_size,
                "content_type": content_type(self.sample.path),
                "language": self.sample.language or "auto",
            }
        )

    def _wait(self) -> None:
        deadline = self.clock() + self.patience_seconds
        while (job := self.api.job(self.report.job_id))["status"] not in _ENDED:
            if self.clock() > deadline:
                raise TrialFailed(
                    f"the job is {job['status']} after {self.patience_seconds:.0f} s. Look at its "
                    "execution in the Step Functions console, and at the workers' log."
                )
            self.sleep(LOOK_SECONDS)
        if job["status"] != "COMPLETED":
            why = (job["error"] or {}).get("code", "no error is known")
            raise TrialFailed(f"the job is {job['status']}: {why}. Look at its execution.")

    def _read(self) -> None:
        path = f"/jobs/{self.report.job_id}"
        with tempfile.TemporaryDirectory() as folder:
            saved = Path(folder) / "transcript.json"
            self.api.download(self.report.job_id, "json", saved)
            heard = json.loads(saved.read_text("utf-8"))["text"]
        self.report.word_error_rate = word_error_rate(self.sample.text, heard)
        if self.report.word_error_rate > self.most_word_errors:
            raise TrialFailed(
                f"{self.report.word_error_rate:.0%} of the words are wrong, at most "
                f"{self.most_word_errors:.0%} may be. It heard: {heard[:200]}"
            )
        link = self.api.call("GET", f"{path}/transcript?format=txt")["url"]
        for _ in range(2):
            answer = _fetch(link)
        self.report.from_cache = _from_cache(answer.headers.get("X-Cache", ""))
        _require(answer, HTTPStatus.OK, "a transcript's link")
        _require(_fetch(link.partition("?")[0]), HTTPStatus.FORBIDDEN, "one without signature")
        audio = self.api.call("GET", f"{path}/audio")["url"]
        _require(_fetch(audio, "bytes=0-15"), HTTPStatus.PARTIAL_CONTENT, "a part of the audio")

    def _given_up(self, error: Exception) -> TrialFailed:
        """Leave nothing behind; where that fails as well, say both."""
        try:
            self._delete()
        except ApiError as left:
            return TrialFailed(f"{error} The job {self.report.job_id} is still there: {left}")
        return TrialFailed(str(error))

    def _delete(self) -> None:
        self.api.call("DELETE", f"/jobs/{self.report.job_id}")

    def _require_gone(self) -> None:
        try:
            self.api.job(self.report.job_id)
        except RequestRefused as refused:
            if refused.code == "job_not_found":
                return
            raise
        raise TrialFailed("the job was deleted and is still there")

    def _timed(self, step: str, do: Callable[[], Any]) -> Any:  # noqa: ANN401 - what it returns
        begun = self.clock()
        done = do()
        self.report.seconds[step] = round(self.clock() - begun, 2)
        return done


def _fetch(url: str, span: str | None = None) -> requests.Response:
    session = requests.Session()
    session.trust_env = False  # as the API's client
    headers = {} if span is None else {"Range": span}
    try:
        return session.get(url, headers=headers, timeout=_LINK_SECONDS)
    except requests.RequestException as error:
        raise TrialFailed(f"the edge does not answer: {type(error).__name__}") from error


def _require(answer: requests.Response, status: HTTPStatus, what: str) -> None:
    if answer.status_code != status:
        raise TrialFailed(f"the edge answers {answer.status_code}, not {status:d}, to {what}")


def _from_cache(header: str) -> bool | None:
    return None if not header else header.lower().startswith(("hit", "refreshhit"))
