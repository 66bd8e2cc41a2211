"""Every check, and how a stage goes through all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from commands.doctor import account, capacity, edge, mail, parameters, quotas, sign_in, worker
from commands.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commands.doctor.findings import Subject


@dataclass(frozen=True)
class Check:
    """One thing to look at.

    Attributes:
        name: for a finding that it could not be looked at.
        look: does it.
        permissions: of AWS that it needs; none where it asks nothing of AWS.
    """

    name: str
    look: Callable[[Subject], Iterable[Finding]]
    permissions: tuple[str, ...] = ()


CREDENTIALS: Final = Check("credentials", account.credentials)
CHECKS: Final = (
    Check("region", account.region),
    Check("ECS's role", account.ecs_role, ("iam:GetRole",)),
    Check("parameters", parameters.examples),
    Check("authorizedParties", parameters.allowed_origins),
    Check("webAclArn", parameters.firewall),
    Check("worker vCPU", capacity.vcpus, ("servicequotas:GetServiceQuota",)),
    Check("latencyMinutes", capacity.thresholds),
    Check("Lambda concurrency", quotas.concurrent_functions, ("servicequotas:GetServiceQuota",)),
    Check("StartExecution rate", quotas.started_executions, ("servicequotas:ListServiceQuotas",)),
    Check("SES", mail.account, ("ses:GetAccount",)),
    Check("sender", mail.sender, ("ses:GetEmailIdentity",)),
    Check("sessionIssuer", sign_in.issuer),
    Check("session token", sign_in.email_claim),
    Check(
        "edge keys",
        edge.keys,
        (
            "ssm:GetParameter",
            "ssm:GetParameters",
            "secretsmanager:DescribeSecret",
            "cloudfront:ListPublicKeys",
        ),
    ),
    Check("domain", edge.domain, ("acm:DescribeCertificate",)),
    Check("workerImage", worker.image, ("ssm:GetParameter", "ecr:BatchGetImage")),
    Check("model", worker.licence),
)


def examine(subject: Subject) -> Iterator[Finding]:
    """Look at everything; without an account, at what needs none."""
    credentials = list(CREDENTIALS.look(subject))
    yield from credentials
    signed_in = all(finding.state != "problem" for finding in credentials)
    for check in CHECKS:
        if check.permissions and not signed_in:
            continue
        yield from look_at(check, subject)


def look_at(check: Check, subject: Subject) -> Iterator[Finding]:
    """Look at one thing; what AWS does not tell stays unknown."""
    try:
        yield from check.look(subject)
    except (BotoCoreError, ClientError) as error:
        yield Finding(
            check.name,
            "unknown",
            f"AWS did not tell: {error}",
            f"It needs {', '.join(check.permissions)}." if check.permissions else "",
        )
