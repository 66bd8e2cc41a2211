"""The platform on a local AWS: started, packaged, deployed, scaled, and cleared away."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from commands import web
from commands.edge_keys import EdgeKeys, Names
from commands.package import packaged_once
from local.aws import LocalAws, LocalAwsFailed
from local.deploy import DeploymentFailed, deploy
from local.ports import free_port
from local.session_issuer import SessionIssuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_ssm import SSMClient

    from commands.models.install import InstalledModel
    from local.faults.plan import Plan

ROOT: Final = Path(__file__).resolve().parent.parent
STATES: Final = ROOT / ".local"
STAGE: Final = "local"

TIME_FACTOR: Final = 0.01
"""Retries after 5, 25 and 125 minutes become 3, 15 and 75 seconds."""

USER: Final = "user_you"
SENDER: Final = "transcripts@platform.example"
RECIPIENT: Final = "you@platform.example"
"""Addresses of a reserved domain: mail stays in the mailbox folder."""

STORED: Final[Mapping[str, str]] = {
    "sessionIssuer": f"/transcription/{STAGE}/session-issuer",
    "authorizedParties": f"/transcription/{STAGE}/authorized-parties",
}
"""Parameters of the stage that hold this run's ports, and the names under which their values are
stored: the package holds the names, and so is the same for every run."""

WORKER_CANNOT_START: Final = 2
"""The exit status of `python -m worker` when its settings or its model are wrong."""

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
class Conditions:
    """What a platform is brought up under.

    Attributes:
        parameters: of the stage (resources/parameters.yml), to be deployed with other values.
        time_factor: what the waits and retry intervals of its AWS are multiplied with.
        faults: what goes wrong in its AWS; nothing if None.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    time_factor: float = TIME_FACTOR
    faults: Plan | None = None


USUAL: Final = Conditions()


@dataclass(frozen=True)
class Platform:
    """One running platform.

    Attributes:
        aws: the AWS that it is deployed to.
        issuer: who signs its users in.
        outputs: of the deployed stack.
        state: the folder of its logs and e-mails.
        seconds: what each step of bringing it up took.
    """

    aws: LocalAws
    issuer: SessionIssuer
    outputs: Mapping[str, str]
    state: Path
    seconds: dict[str, float]

    @property
    def url(self) -> str:
        """The address of its page and of its API, which is also the origin of the page."""
        return self.outputs["EdgeUrl"]

    def token(self) -> str:
        """A session token, good for a minute, of the user whose mails go to `RECIPIENT`."""
        token: str = self.issuer.token(USER, RECIPIENT)["token"]
        return token

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
    conditions: Conditions = USUAL,
    port: int = 0,
    keep: bool = False,
    say: Callable[[str], None] = lambda _line: None,
) -> Iterator[Platform]:
    """Bring the platform up; leaving the block ends all its processes.

    Several may run at once: each has its own folder, its own port and its own AWS.

    Args:
        model: what the workers load.
        workers: how chunks are worked on.
        conditions: what it is brought up under.
        port: where its page and its API answer; 0 takes a free one.
        keep: leaves the folder of logs and e-mails in place.
        say: is told each step.

    Raises:
        PlatformFailed: it did not come up, or broke while in use.
    """
    STATES.mkdir(exist_ok=True)
    begun = time.monotonic()
    state = Path(tempfile.mkdtemp(prefix="run-", dir=STATES))
    try:
        # Known before the deployment, which names it as the origin of the page.
        port = port or free_port()
        container_path = Path(sys.executable).parent
        with (
            LocalAws(
                state,
                time_factor=conditions.time_factor,
                container_path=container_path,
                edge_port=port,
                faults=_written(conditions.faults, state),
            ) as aws,
            SessionIssuer(authorized_party=f"http://127.0.0.1:{port}") as issuer,
        ):
            seconds = {"start": time.monotonic() - begun}
            platform = Platform(aws, issuer, {}, state, seconds)
            chosen = {**stage_parameters(model, workers), **conditions.parameters}
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


def _written(faults: Plan | None, state: Path) -> Path | None:
    if faults is None:
        return None
    path = state / "faults.json"
    faults.write(path)
    return path


def stage_parameters(model: InstalledModel, workers: Workers) -> dict[str, str]:
    """What a local stage is deployed with; the same for every run of this model and workers."""
    return {
        "dispatch": workers.dispatch,
        "senderAddress": SENDER,
        "defaultRecipient": RECIPIENT,
        "modelName": model.name,
        "modelDirectory": str(model.directory),
        "alignerDirectories": ",".join(f"{name}={path}" for name, path in model.aligners.items()),
        "nltkData": str(model.nltk_data),
        "workerThreads": str(workers.threads),
        **{parameter: f"{{{{resolve:ssm:{name}}}}}" for parameter, name in STORED.items()},
    }


def _deployed(
    platform: Platform, parameters: Mapping[str, str], count: int, say: Callable[[str], None]
) -> Platform:
    aws, seconds = platform.aws, platform.seconds
    # SES sends from verified addresses only; a deployer verifies one in each account.
    sesv2: SESV2Client = aws.client("sesv2")
    sesv2.create_email_identity(EmailIdentity=SENDER)
    _store_addresses(aws, platform.issuer)
    _edge_keys(aws).ensure()
    say("Deploying serverless.yml to the local AWS.")
    log = platform.state / "deploy.log"
    with _timed(seconds, "package"):
        packaged = packaged_once(aws, STAGE, parameters, log)
    with _timed(seconds, "deploy"):
        outputs = deploy(
            aws, project=ROOT, stage=STAGE, parameters=parameters, packaged=packaged, log=log
        )
    web.publish(aws.client("s3"), outputs[web.OUTPUT])
    if service := outputs.get("WorkersServiceName"):
        ecs: ECSClient = aws.client("ecs")
        ecs.update_service(
            cluster=outputs["WorkersClusterName"], service=service, desiredCount=count
        )
    return replace(platform, outputs=outputs)


def _store_addresses(aws: LocalAws, issuer: SessionIssuer) -> None:
    ssm: SSMClient = aws.client("ssm")
    values = {"sessionIssuer": issuer.url, "authorizedParties": str(issuer.authorized_party)}
    for parameter, name in STORED.items():
        ssm.put_parameter(Name=name, Value=values[parameter], Type="String")


def _edge_keys(aws: LocalAws) -> EdgeKeys:
    client = aws.client
    return EdgeKeys(client("secretsmanager"), client("ssm"), client("cloudfront"), Names.of(STAGE))


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[step] = time.monotonic() - begun
