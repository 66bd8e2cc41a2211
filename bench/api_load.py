"""Measures the API under a steady load, on the whole local stack: edge, authorizer, functions.

Requests are sent when they are due, whether or not the ones before have been answered, so that a
stack that falls behind shows it in the times.

    python -m bench.api_load [--rate 50] [--seconds 60]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests

from commands.model_choice import FIXTURE
from commands.models.install import InstalledModel
from commands.platform import RECIPIENT, Workers, running_platform
from models.unpack import unpack_fixture

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.platform import Platform

USERS: Final = 20
AT_ONCE: Final = 64
TOKEN_SECONDS: Final = 30.0
"""Less than a token's life of a minute."""
MOST_REQUESTS: Final = 20_000
TIMEOUT_SECONDS: Final = 30.0
WISHED: Final[dict[str, Any]] = {
    "file_name": "talk.mp3",
    "size_bytes": 1_000_000,
    "content_type": "audio/mpeg",
}


@dataclass(frozen=True)
class Answered:
    """One answer: its operation, its status (0 for none), and the seconds since it was due."""

    operation: str
    status: int
    seconds: float


class Visitor:
    """One user's page: lists, looks at a job, and announces a recording now and then."""

    def __init__(self, platform: Platform, number: int) -> None:
        self._platform = platform
        self._user = f"user_2load{number}"
        self._lock = threading.Lock()
        self._token, self._token_ends = "", 0.0
        self.job_id = self.send("POST", "/jobs", WISHED).json()["job"]["job_id"]

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        """Send one request, once."""
        return requests.request(
            method,
            self._platform.url + path,
            headers={"Authorization": f"Bearer {self._fresh_token()}"},
            json=body,
            timeout=TIMEOUT_SECONDS,
        )

    def _fresh_token(self) -> str:
        with self._lock:
            if time.monotonic() > self._token_ends:
                self._token = self._platform.issuer.token(self._user, RECIPIENT)["token"]
                self._token_ends = time.monotonic() + TOKEN_SECONDS
            return self._token


OPERATIONS: Final[tuple[tuple[str, Callable[[Visitor], requests.Response]], ...]] = (
    # As a page that polls: one announcement for nine readings.
    *([("GET /jobs/{job_id}", lambda visitor: visitor.send("GET", f"/jobs/{visitor.job_id}"))] * 6),
    *([("GET /jobs", lambda visitor: visitor.send("GET", "/jobs"))] * 2),
    ("GET /me", lambda visitor: visitor.send("GET", "/me")),
    ("POST /jobs", lambda visitor: visitor.send("POST", "/jobs", WISHED)),
)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="npm run bench -- api_load")
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    chosen = parser.parse_args()
    count = min(MOST_REQUESTS, round(chosen.rate * chosen.seconds))
    fixture = unpack_fixture()
    model = InstalledModel(
        FIXTURE,
        fixture.whisper,
        {"en": fixture.aligner, "es": fixture.aligner},
        fixture.nltk_data,
    )
    with running_platform(model, Workers(count=0)) as platform:
        visitors = [Visitor(platform, number) for number in range(USERS)]
        begun = time.monotonic()
        answers = _sent(visitors, count, chosen.rate)
        _show(answers, time.monotonic() - begun)


def _sent(visitors: list[Visitor], count: int, rate: float) -> list[Answered]:
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        turns = zip(range(count), itertools.cycle(visitors), itertools.cycle(OPERATIONS))
        waiting = []
        for number, visitor, (operation, send) in turns:
            due = begun + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            waiting.append(pool.submit(_answered, operation, send, visitor, due))
        return [each.result() for each in waiting]


def _answered(operation: str, send: Any, visitor: Visitor, due: float) -> Answered:  # noqa: ANN401  # a row of OPERATIONS
    try:
        status = send(visitor).status_code
    except requests.RequestException:
        status = 0
    return Answered(operation, status, time.monotonic() - due)


def _show(answers: list[Answered], seconds: float) -> None:
    print(f"{len(answers)} requests in {seconds:.1f} s: {len(answers) / seconds:.1f} a second")
    for operation in dict(OPERATIONS):
        own = [answer for answer in answers if answer.operation == operation]
        milliseconds = [answer.seconds * 1000 for answer in own]
        *_, p95 = statistics.quantiles(milliseconds, n=20)
        statuses = ", ".join(
            f"{status} × {number}"
            for status, number in sorted(Counter(answer.status for answer in own).items())
        )
        median = statistics.median(milliseconds)
        print(f"{operation}: {median:.0f} ms median, {p95:.0f} ms p95; {statuses}")


if __name__ == "__main__":
    main()
