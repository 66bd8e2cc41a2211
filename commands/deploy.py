"""Deploys the stack to the AWS account whose credentials the environment holds.

    npm run deploy -- --stage dev --param="workerImage=…"

Builds the layers for Lambda's platform, then hands every argument to `osls deploy`.
"""

from __future__ import annotations

import subprocess
import sys

from commands.package import AWS_PLATFORM, ROOT
from layers import build as layers
from local.deploy import COMMAND


def main(arguments: list[str]) -> int:
    """Deploy.

    Returns:
        The framework's exit status.
    """
    layers.build(AWS_PLATFORM)
    return subprocess.run([ROOT / COMMAND, "deploy", *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
