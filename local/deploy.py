"""Package and deploy a Serverless project with its own command, against a local AWS."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

    from local.aws import LocalAws

COMMAND: Final = Path("node_modules/.bin/osls")
COMMAND_SECONDS: Final = 900
TAIL_CHARACTERS: Final = 4000
POLL_MILLISECONDS: Final = "200"
"""How often the command asks whether the stack is made; its own five seconds suit a real AWS."""


class DeploymentFailed(RuntimeError):
    """The stack was not packaged or deployed; the message holds the end of the output."""


def package(
    aws: LocalAws,
    *,
    project: Path,
    stage: str,
    parameters: Mapping[str, str],
    destination: Path,
    log: Path,
) -> None:
    """Package the project; the command asks CloudFormation what is deployed already.

    Args:
        aws: where to ask.
        project: the folder of `serverless.yml` and `node_modules`.
        stage: the stage's name.
        parameters: stage parameters, given as `--param`.
        destination: a folder for the artefacts and the compiled template.
        log: a file to which the command's output is appended.

    Raises:
        DeploymentFailed: the command found an error in the project.
    """
    _run("package", aws, project, stage, parameters, destination, log)


def deploy(
    aws: LocalAws,
    *,
    project: Path,
    stage: str,
    parameters: Mapping[str, str],
    packaged: Path,
    log: Path,
) -> dict[str, str]:
    """Deploy what `package` has made, with the same stage and parameters.

    Returns:
        The stack's outputs by name.

    Raises:
        DeploymentFailed: the command or the stack failed.
    """
    _run("deploy", aws, project, stage, parameters, packaged, log)
    return outputs(aws, _stack_name(packaged, stage))


def outputs(aws: LocalAws, stack: str) -> dict[str, str]:
    """Return a stack's outputs by name."""
    cloudformation: CloudFormationClient = aws.client("cloudformation")
    (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _run(
    verb: str,
    aws: LocalAws,
    project: Path,
    stage: str,
    parameters: Mapping[str, str],
    folder: Path,
    log: Path,
) -> None:
    command: list[str | Path] = [project.resolve() / COMMAND, verb, "--stage", stage]
    command += ["--package", folder.resolve()]
    options = [f"--param={name}={value}" for name, value in parameters.items()]
    environment = {**os.environ, **aws.environment}
    with _alone_in(project), log.open("ab") as output:
        finished = subprocess.run(
            [*command, *options],
            cwd=project,
            env={**environment, "SLS_AWS_MONITORING_FREQUENCY": POLL_MILLISECONDS},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    if finished.returncode:
        tail = log.read_text(errors="replace")[-TAIL_CHARACTERS:]
        raise DeploymentFailed(f"osls {verb} failed. Its output ends with:\n{tail}")


@contextmanager
def _alone_in(project: Path) -> Iterator[None]:
    """Wait for other commands: all work in the project's `.serverless`, whatever their options."""
    with (project / "serverless.yml").open("rb") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        yield


def _stack_name(packaged: Path, stage: str) -> str:
    state = json.loads((packaged / "serverless-state.json").read_text())
    service = state["service"]
    name: str = service["provider"].get("stackName") or f"{service['service']}-{stage}"
    return name
