"""Deploy a Serverless project to a local AWS with the project's own command, as to the real one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

    from local.aws import LocalAws

COMMAND: Final = Path("node_modules/.bin/osls")
MADE_BY_THE_COMMAND: Final = ".serverless"
DEPLOY_SECONDS: Final = 900
TAIL_CHARACTERS: Final = 4000


class DeploymentFailed(RuntimeError):
    """The stack was not deployed; the message holds the end of the command's output."""


def deploy(
    aws: LocalAws,
    *,
    project: Path,
    stage: str,
    parameters: Mapping[str, str],
    package: Path,
    log: Path,
) -> dict[str, str]:
    """Package the project and deploy it; several deployments may run at once.

    Args:
        aws: where to deploy to.
        project: the folder of `serverless.yml` and `node_modules`.
        stage: the stage's name.
        parameters: stage parameters, given as `--param`.
        package: a folder of this deployment's own, emptied first; the packaged artefacts
            lie in its `.serverless` afterwards.
        log: a file to which the command's output is appended.

    Returns:
        The stack's outputs by name.

    Raises:
        DeploymentFailed: the command or the stack failed.
    """
    _show(project.resolve(), package)
    command: list[str | Path] = [project.resolve() / COMMAND, "deploy", "--stage", stage]
    for name, value in parameters.items():
        command += ["--param", f"{name}={value}"]
    with log.open("ab") as output:
        finished = subprocess.run(
            command,
            cwd=package,
            env={**os.environ, **aws.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=DEPLOY_SECONDS,
            check=False,
        )
    if finished.returncode:
        tail = log.read_text(errors="replace")[-TAIL_CHARACTERS:]
        raise DeploymentFailed(f"The deployment failed. Its output ends with:\n{tail}")
    return outputs(aws, _stack_name(package, stage))


def outputs(aws: LocalAws, stack: str) -> dict[str, str]:
    """Return a stack's outputs by name."""
    cloudformation: CloudFormationClient = aws.client("cloudformation")
    (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _show(project: Path, folder: Path) -> None:
    """Let `folder` show the project without the artefacts of other deployments.

    The command writes `.serverless` beside `serverless.yml` and cannot be told otherwise.
    It follows links to folders, but wants its own configuration to be a file.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry in project.iterdir():
        if entry.is_file():
            shutil.copy2(entry, folder)
        elif entry.name != MADE_BY_THE_COMMAND:
            (folder / entry.name).symlink_to(entry)


def _stack_name(package: Path, stage: str) -> str:
    state = json.loads((package / MADE_BY_THE_COMMAND / "serverless-state.json").read_text())
    service = state["service"]
    name: str = service["provider"].get("stackName") or f"{service['service']}-{stage}"
    return name
