"""Builds the layers for a stage's platform and packages the stack, without an AWS account.

    npm run package -- --stage prod

The framework asks CloudFormation whether a layer is deployed already, even to package; a local
AWS, where nothing is deployed, answers it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from layers import build as layers
from local.aws import LocalAws

ROOT: Final = Path(__file__).resolve().parent.parent
OSLS: Final = ROOT / "node_modules" / ".bin" / "osls"
AWS_PLATFORM: Final = "arm64-python3.13"
"""What `resources/parameters.yml` names as the layers' platform of every stage on AWS."""

TEMPLATE: Final = "cloudformation-template-update-stack.json"


class PackagingFailed(Exception):
    """The framework refused the service; the text is its own."""


def package(stage: str, destination: Path) -> Path:
    """Package one stage.

    Args:
        stage: `dev`, `prod`, or `local` for this machine's own platform.
        destination: the folder for the artefacts.

    Returns:
        The compiled CloudFormation template.

    Raises:
        PackagingFailed: the framework found an error in the service.
    """
    layers.build(layers.LOCAL if stage == "local" else AWS_PLATFORM)
    with (
        tempfile.TemporaryDirectory() as state,
        LocalAws(Path(state), container_path=Path(sys.executable).parent) as aws,
    ):
        result = subprocess.run(
            [OSLS, "package", "--stage", stage, "--package", str(destination)],
            cwd=ROOT,
            env={**os.environ, **aws.environment},
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise PackagingFailed(result.stdout + result.stderr)
    return destination / TEMPLATE


def main() -> int:
    """Package the stage named on the command line.

    Returns:
        The process's exit status.
    """
    parser = argparse.ArgumentParser(prog="npm run package --", description="Package one stage.")
    parser.add_argument("--stage", default="dev")
    stage: str = parser.parse_args().stage
    try:
        template = package(stage, ROOT / ".build" / "package" / stage)
    except PackagingFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(template.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
