"""Whether there is an account that ECS may work in, and whether its region has every service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from commands.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.doctor.findings import Subject

RAREST: Final = ("sesv2", "apigatewayv2", "stepfunctions", "ecs")
"""The services that new regions get last."""

ECS_ROLE: Final = "AWSServiceRoleForECS"


def credentials(subject: Subject) -> Iterator[Finding]:
    """Who would deploy, and into which account."""
    try:
        caller = subject.aws.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        yield Finding(
            "credentials",
            "problem",
            f"AWS does not know who asks: {error}",
            "Sign in (`aws sso login`, or AWS_PROFILE, or access keys) and check with "
            "`aws sts get-caller-identity`.",
        )
        return
    yield Finding("credentials", "ok", f"account {caller['Account']}, as {caller['Arn']}")
    if caller["Arn"].endswith(":root"):
        yield Finding(
            "credentials",
            "warning",
            "these are the account's root credentials",
            "Deploy with a role of its own (docs/deployment.md).",
        )


def region(subject: Subject) -> Iterator[Finding]:
    """Whether the region has every service."""
    chosen = subject.aws.region_name
    missing = [
        service
        for service in RAREST
        if chosen not in subject.aws.get_available_regions(service, _partition(chosen))
    ]
    if missing:
        yield Finding(
            "region",
            "problem",
            f"{chosen} has no {', '.join(missing)}",
            "Take another one with --region; us-east-1 has everything.",
        )
    else:
        yield Finding("region", "ok", chosen)


def ecs_role(subject: Subject) -> Iterator[Finding]:
    """Whether ECS has its role: it makes it with its first cluster, too late for that one."""
    client = subject.aws.client("iam")
    try:
        client.get_role(RoleName=ECS_ROLE)
    except client.exceptions.NoSuchEntityException:
        yield Finding(
            "ECS's role",
            "problem",
            f"the account has no role {ECS_ROLE}; a first cluster is refused for lack of it",
            "Once for the account: "
            "`aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`.",
        )
        return
    yield Finding("ECS's role", "ok", ECS_ROLE)


def _partition(region_name: str) -> str:
    for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region_name.startswith(prefix):
            return partition
    return "aws"
