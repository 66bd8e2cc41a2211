"""Runs the planned jobs through a platform, lets it come to rest, and judges what is left."""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commands.chaos import checks
from commands.chaos.faults import fault_plan
from commands.chaos.gather import Gatherer
from commands.chaos.listener import Listener
from commands.chaos.plan import CHUNK_SECONDS, planned_jobs
from commands.chaos.users import Users
from commands.chaos.watch import Watch
from commands.models.install import InstalledModel
from commands.platform import Conditions, Workers, running_platform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from commands.chaos.evidence import Evidence, Handled
    from commands.platform import Platform

TIME_FACTOR: Final = 0.001
"""Retries after 5, 25 and 125 minutes become 0.3, 1.5 and 7.5 seconds; an hour is 3.6."""

PARAMETERS: Final[Mapping[str, str]] = {
    "engine": "fake",
    "fakeSecondsPerAudioSecond": "0.02",
    "chunkSeconds": str(CHUNK_SECONDS),
    "visibilitySeconds": "10",
    "uploadsVisibilitySeconds": "20",
    "notificationsVisibilitySeconds": "35",
    "notificationLeaseSeconds": "30",
    "sweepRate": "rate(3 hours)",
    "eventPatienceSeconds": "20",
    "workPatienceSeconds": "60",
    "deletionPatienceSeconds": "20",
}

EVIDENCE: Final = "evidence.json"
"""Beside the logs of a run in which something is violated: what was judged."""

_NO_MODEL: Final = InstalledModel("fake", Path("none"), {"en": Path("none")}, Path("none"))
_REST_LOOK_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Request:
    """What a run is asked for.

    Attributes:
        jobs: how many.
        seed: of the plan and of its faults.
        workers: of the fleet.
        open_jobs: how many jobs are at once on their way, at most.
        jobs_per_second: that begin, at most.
        patience_seconds: for one job to get one step on, and for the platform to come to rest.
    """

    jobs: int
    seed: int
    workers: int = 2
    open_jobs: int = 12
    jobs_per_second: float = 2.0
    patience_seconds: float = 300.0
    keep: bool = False


@dataclass(frozen=True)
class Verdict:
    """What came of a run.

    Attributes:
        violations: by check.
        seconds: that the jobs took, and that the platform then took to come to rest.
        logs: the folder in which the run's logs were written.
    """

    evidence: Evidence
    violations: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]
    logs: Path

    @property
    def holds(self) -> bool:
        """Whether nothing is violated."""
        return not any(self.violations.values())


class Violated(Exception):
    """Something is violated; the verdict says what. Its logs stay."""

    def __init__(self, verdict: Verdict) -> None:
        named = [f"{name}: {each}" for name, found in verdict.violations.items() for each in found]
        super().__init__("; ".join(named))
        self.verdict: Final = verdict


def run(request: Request, say: Callable[[str], None]) -> Verdict:
    """Bring a platform up, do what was asked for, and judge.

    Raises:
        Violated: not everything that must hold does.
        PlatformFailed: the platform itself did not come up, or broke.
    """
    conditions = Conditions(PARAMETERS, TIME_FACTOR, fault_plan(request.jobs, request.seed))
    workers = Workers("fleet", count=request.workers, threads=1)
    with running_platform(
        _NO_MODEL, workers, conditions=conditions, keep=request.keep, say=say
    ) as platform:
        verdict = _through(platform, request, say)
        if not verdict.holds:
            (verdict.logs / EVIDENCE).write_text(verdict.evidence.to_json(), "utf-8")
            raise Violated(verdict)
        return verdict


def _through(platform: Platform, request: Request, say: Callable[[str], None]) -> Verdict:
    gatherer = Gatherer(platform, Listener(platform.aws))
    dynamodb = platform.aws.client("dynamodb")
    began = time.monotonic()
    with (
        Watch(dynamodb, platform.outputs["JobsTableName"]) as watch,
        tempfile.TemporaryDirectory() as folder,
    ):
        users = Users(platform, watch, Path(folder), request.patience_seconds)
        handled = _carried(users, request, say)
        carried = time.monotonic()
        say("Every job has gone its way; the platform comes to rest.")
        evidence = _at_rest(gatherer, watch, users, handled, request.patience_seconds)
    seconds = {"jobs": carried - began, "rest": time.monotonic() - carried}
    return Verdict(evidence, checks.violations(evidence), seconds, platform.aws.logs)


def _carried(users: Users, request: Request, say: Callable[[str], None]) -> list[Handled]:
    planned = planned_jobs(request.jobs, request.seed)
    done = _Count(len(planned), say)
    with ThreadPoolExecutor(request.open_jobs, thread_name_prefix="user") as pool:
        futures = []
        try:
            for job in planned:
                futures.append(pool.submit(users.carry, job))
                futures[-1].add_done_callback(lambda _: done.one_more())
                time.sleep(1 / request.jobs_per_second)
            return [future.result() for future in futures]
        except BaseException:
            # The pool ends with its block, and waits there for everybody.
            users.leave()
            pool.shutdown(cancel_futures=True)
            raise


def _at_rest(
    gatherer: Gatherer, watch: Watch, users: Users, handled: Sequence[Handled], seconds: float
) -> Evidence:
    """The evidence when nothing moves and nothing is violated, or at the end of the time."""
    end = time.monotonic() + seconds
    while True:
        users.let_a_day_pass(job for job in watch.rows().values() if job["status"] == "PENDING")
        moves = gatherer.running() or gatherer.open_jobs() or any(gatherer.messages().values())
        is_late = time.monotonic() > end
        if is_late or not moves:
            evidence = gatherer.gather(handled, watch.rows())
            if is_late or not any(checks.violations(evidence).values()):
                return evidence
        time.sleep(_REST_LOOK_SECONDS)


class _Count:
    """Says now and then how many jobs are done."""

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self._total = total
        self._say = say
        self._done = 0
        self._lock = threading.Lock()

    def one_more(self) -> None:
        with self._lock:
            self._done += 1
            if self._done % 25 == 0 or self._done == self._total:
                self._say(f"{self._done} of {self._total} jobs have gone their way.")
