"""The platform on a local AWS: started, packaged, deployed, scaled, and cleared away."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from commands.package import packaged_once
from local.aws import LocalAws, LocalAwsFailed
from local.deploy import DeploymentFailed, deploy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sesv2 import SESV2Client

    from commands.models.install import InstalledModel

ROOT: Final = Path(__file__).resolve().parent.parent
STATES: Final = ROOT / ".local"
STAGE: Final = "local"

TIME_FACTOR: Final = 0.01
"""Retries after 5, 25 and 125 minutes become 3, 15 and 75 seconds."""

SENDER: Final = "transcripts@platform.example"
RECIPIENT: Final = "you@platform.example"
"""Addresses of a reserved domain: mail stays in the mailbox folder."""

WORKER_CANNOT_START: Final = 2
"""The exit status of `python -m worker` when its settings or its model are wrong."""

_AS_THE_STAGE_SAYS: Final[Mapping[str, str]] = {}

Dispatch = Literal["fleet", "task"]


class PlatformFailed(Exception):
    """The platform itself did not come up, or broke; the text names the folder of its logs."""


@dataclass(frozen=True)
class Workers:
    """How chunks are worked on.

    Attributes:
        dispatch: to a fleet of warm workers, or to a task for each chunk.
        count: of the fleet.
        threads: of each worker's decoder.
    """

    dispatch: Dispatch = "fleet"
    count: int = 1
    threads: int = 2


@dataclass(frozen=True)
class Platform:
    """One running platform.

    Attributes:
        aws: the AWS that it is deployed to.
        outputs: of the deployed stack.
        state: the folder of its logs and e-mails.
        seconds: what each step of bringing it up took.
    """

    aws: LocalAws
    outputs: Mapping[str, str]
    state: Path
    seconds: dict[str, float]

    def require_workers(self) -> None:
        """Look whether workers can start: chunks would wait for them for hours.

        Raises:
            PlatformFailed: one ended with the status that says it never will.
        """
        ecs: ECSClient = self.aws.client("ecs")
        cluster = self.outputs["WorkersClusterName"]
        ended = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
        tasks = ecs.describe_tasks(cluster=cluster, tasks=ended)["tasks"] if ended else []
        codes = {part.get("exitCode") for task in tasks for part in task["containers"]}
        if WORKER_CANNOT_START in codes:
            raise PlatformFailed(f"The workers cannot start. Their logs are in {self.aws.logs}")


@contextmanager
def running_platform(
    model: InstalledModel,
    workers: Workers,
    *,
    parameters: Mapping[str, str] = _AS_THE_STAGE_SAYS,
    time_factor: float = TIME_FACTOR,
    keep: bool = False,
    say: Callable[[str], None] = lambda _line: None,
) -> Iterator[Platform]:
    """Bring the platform up; leaving the block ends all its processes.

    Several may run at once: each has its own folder, its own port and its own AWS.

    Args:
        model: what the workers load.
        workers: how chunks are worked on.
        parameters: of the stage (resources/parameters.yml), to be deployed with other values.
        time_factor: what waits and retry intervals are multiplied with.
        keep: leaves the folder of logs and e-mails in place.
        say: is told each step.

    Raises:
        PlatformFailed: it did not come up, or broke while in use.
    """
    STATES.mkdir(exist_ok=True)
    begun = time.monotonic()
    state = Path(tempfile.mkdtemp(prefix="run-", dir=STATES))
    try:
        with LocalAws(
            state, time_factor=time_factor, container_path=Path(sys.executable).parent
        ) as aws:
            seconds = {"start": time.monotonic() - begun}
            platform = Platform(aws, {}, state, seconds)
            chosen = {**_parameters(model, workers), **parameters}
            yield _deployed(platform, chosen, workers.count, say)
    except (LocalAwsFailed, DeploymentFailed) as error:
        keep = True
        raise PlatformFailed(f"{error}\nIts logs are in {state}") from error
    except Exception:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(state, ignore_errors=True)


def _parameters(model: InstalledModel, workers: Workers) -> dict[str, str]:
    return {
        "dispatch": workers.dispatch,
        "senderAddress": SENDER,
        "defaultRecipient": RECIPIENT,
        "modelName": model.name,
        "modelDirectory": str(model.directory),
        "alignerDirectories": ",".join(f"{name}={path}" for name, path in model.aligners.items()),
        "nltkData": str(model.nltk_data),
        "workerThreads": str(workers.threads),
    }


def _deployed(
    platform: Platform, parameters: Mapping[str, str], count: int, say: Callable[[str], None]
) -> Platform:
    aws, seconds = platform.aws, platform.seconds
    # SES sends from verified addresses only; a deployer verifies one in each account.
    sesv2: SESV2Client = aws.client("sesv2")
    sesv2.create_email_identity(EmailIdentity=SENDER)
    say("Deploying serverless.yml to the local AWS.")
    log = platform.state / "deploy.log"
    with _timed(seconds, "package"):
        packaged = packaged_once(aws, STAGE, parameters, log)
    with _timed(seconds, "deploy"):
        outputs = deploy(
            aws, project=ROOT, stage=STAGE, parameters=parameters, packaged=packaged, log=log
        )
    if service := outputs.get("WorkersServiceName"):
        ecs: ECSClient = aws.client("ecs")
        ecs.update_service(
            cluster=outputs["WorkersClusterName"], service=service, desiredCount=count
        )
    return Platform(aws, outputs, platform.state, seconds)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[step] = time.monotonic() - begun
