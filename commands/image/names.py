"""Where the image of a stage is found; resources/workers.yml has the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commands.edge_keys import SERVICE

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

REPOSITORY: Final = f"{SERVICE}-worker"
"""In ECR, for all stages of an account: what was tried out in one is what another gets."""


def parameter(stage: str) -> str:
    """The SSM parameter with a stage's image, `{registry}/{repository}@sha256:…`."""
    return f"/{SERVICE}/{stage}/worker-image"


def resolved_later(stage: str) -> str:
    """What stands for the image in a template that is packaged without the account."""
    return f"{{{{resolve:ssm:{parameter(stage)}}}}}"


def stored(ssm: SSMClient, stage: str) -> str | None:
    """The image that a stage is deployed with; None before `npm run image`."""
    try:
        return ssm.get_parameter(Name=parameter(stage))["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
