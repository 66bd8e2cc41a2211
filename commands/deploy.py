"""Deploys the stack to the AWS account whose credentials the environment holds.

    npm run deploy -- --stage dev --param="senderAddress=…"

Builds the layers for Lambda's platform, hands every argument to `osls deploy`, and publishes the
web page's files to the bucket of what was deployed. Then it says where that is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import boto3

from commands import web
from commands.package import AWS_PLATFORM, ROOT
from layers import build as layers
from local.deploy import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

SERVICE: Final = "transcription"
"""The service's name in serverless.yml, which begins the stack's."""

LOCAL_STAGE: Final = "local"


def main(arguments: list[str]) -> int:
    """Deploy.

    Returns:
        The framework's exit status.
    """
    chosen = _place(arguments)
    if chosen.stage == LOCAL_STAGE:
        print("The stage local lets anybody in: it is for the local AWS alone.", file=sys.stderr)
        return 2
    layers.build(AWS_PLATFORM)
    command = [str(ROOT / COMMAND), "deploy", *arguments]
    if status := subprocess.run(command, cwd=ROOT, check=False).returncode:
        return status
    session = boto3.Session(region_name=chosen.region, profile_name=chosen.aws_profile)
    outputs = _outputs(session.client("cloudformation"), chosen.stage)
    s3: S3Client = session.client("s3")
    web.publish(s3, outputs[web.OUTPUT])
    print(told(outputs))
    return 0


def told(outputs: Mapping[str, str]) -> str:
    """Where a person meets what was deployed."""
    return (
        f"The page's files are in {outputs[web.OUTPUT]}\n"
        f"Everything is at {outputs['EdgeUrl']}; the inbox is "
        f"s3://{outputs['AudioBucketName']}/inbox/"
    )


def _place(arguments: list[str]) -> argparse.Namespace:
    """Where the framework has deployed to: the few of its options that say so."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--stage", "-s", default="dev")
    parser.add_argument("--region", "-r", default="us-east-1")
    parser.add_argument("--aws-profile")
    return parser.parse_known_args(arguments)[0]


def _outputs(cloudformation: CloudFormationClient, stage: str) -> dict[str, str]:
    (stack,) = cloudformation.describe_stacks(StackName=f"{SERVICE}-{stage}")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
