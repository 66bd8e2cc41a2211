"""Builds the layers for a stage's platform and packages the stack, without an AWS account.

    npm run package -- --stage prod

The framework asks CloudFormation whether a layer is deployed already, even to package; a local
AWS, where nothing is deployed, answers it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from commands.image import names as image
from layers import build as layers
from layers import sizes
from local import deploy
from local.aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / ".build" / "package"
AWS_PLATFORM: Final = "arm64-python3.13"
"""What `resources/parameters.yml` names as the layers' platform of every stage on AWS."""

KEPT: Final = 8
"""Packages of one stage that stay: another run may be deploying an older one."""

TEMPLATE: Final = "cloudformation-template-update-stack.json"
INPUTS: Final = (
    "serverless.yml",
    "package-lock.json",
    "functions",
    "layers",
    "resources",
    "statemachines",
)
"""What a package is made from, beside its stage and parameters."""


def package(stage: str, destination: Path) -> Path:
    """Package one stage as for AWS.

    Args:
        stage: `dev`, `prod` or any other that runs on AWS.
        destination: the folder for the artefacts.

    Returns:
        The compiled CloudFormation template.

    Raises:
        DeploymentFailed: the framework found an error in the service.
    """
    layers.build(AWS_PLATFORM)
    with (
        tempfile.TemporaryDirectory() as state,
        LocalAws(Path(state), container_path=Path(sys.executable).parent) as aws,
    ):
        deploy.package(
            aws,
            project=ROOT,
            stage=stage,
            parameters={"workerImage": image.resolved_later(stage)},
            destination=destination,
            log=Path(state) / "package.log",
        )
    return destination / TEMPLATE


def packaged_once(aws: LocalAws, stage: str, parameters: Mapping[str, str], log: Path) -> Path:
    """Package one stage for this machine, or find it packaged from the same inputs.

    Returns:
        The folder of the artefacts, to be left as it is.

    Raises:
        DeploymentFailed: the framework found an error in the service.
    """
    layers.build(layers.LOCAL)
    finished = folder_of(stage, parameters)
    BUILD.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILD / f"{stage}.lock"):
        if not finished.exists():
            # Under the lock one name is enough, and an interrupted run leaves nothing behind.
            unfinished = BUILD / f"unfinished-{stage}"
            shutil.rmtree(unfinished, ignore_errors=True)
            deploy.package(
                aws,
                project=ROOT,
                stage=stage,
                parameters=parameters,
                destination=unfinished,
                log=log,
            )
            unfinished.replace(finished)
            _forget_all_but_the_newest(f"{stage}-*")
    return finished


def folder_of(stage: str, parameters: Mapping[str, str]) -> Path:
    """Where the package of these inputs lies, if there is one."""
    digest = hashlib.sha256(json.dumps([stage, dict(parameters)], sort_keys=True).encode())
    for path in _inputs():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return BUILD / f"{stage}-{digest.hexdigest()[:16]}"


def _forget_all_but_the_newest(pattern: str) -> None:
    by_age = sorted(BUILD.glob(pattern), key=lambda folder: folder.stat().st_mtime)
    for outdated in by_age[:-KEPT]:
        shutil.rmtree(outdated)


def _inputs() -> Iterator[Path]:
    for name in INPUTS:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else (top,):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def main() -> int:
    """Package the stage named on the command line, and say what it takes of Lambda's limits.

    Returns:
        The process's exit status.
    """
    parser = argparse.ArgumentParser(prog="npm run package --", description="Package one stage.")
    parser.add_argument("--stage", default="dev")
    stage: str = parser.parse_args().stage
    try:
        template = package(stage, BUILD / stage)
    except deploy.DeploymentFailed as error:
        print(error, file=sys.stderr)
        return 1
    measured = sizes.of_package(json.loads(template.read_text("utf-8")), template.parent)
    print(*measured.lines(), template.relative_to(ROOT), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
