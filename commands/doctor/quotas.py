"""Whether the account may run as much at once as the stage would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commands import function_settings
from commands.doctor.findings import Finding
from commands.doctor.mail import BUSY_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_service_quotas import ServiceQuotasClient

    from commands.doctor.findings import Subject

LAMBDA: Final = ("lambda", "L-B99A9384")
UNRESERVED: Final = 100
"""Concurrent runs that Lambda keeps from being reserved."""

START_RATE: Final = "StartExecution throttle token refill rate per second"

_SECONDS_PER_DAY: Final = 86_400


def value(client: ServiceQuotasClient, service: str, code: str) -> float | None:
    """A quota of this account in this region; None where AWS does not tell it."""
    try:
        return client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
    except client.exceptions.NoSuchResourceException:
        return None


def ask_for_more(service: str, code: str, needed: float, region: str) -> str:
    """The command with which a quota is raised."""
    return (
        f"Ask for {needed:g}: `aws service-quotas request-service-quota-increase --region {region} "
        f"--service-code {service} --quota-code {code} --desired-value {needed:g}`; days may pass."
    )


def concurrent_functions(subject: Subject) -> Iterator[Finding]:
    """Whether all functions can run as their settings allow."""
    functions = function_settings.all_functions(subject.parameters)
    reserved = sum(function.reserved or 0 for function in functions)
    queues = sum(function.at_once or 0 for function in functions if not function.reserved)
    # What answers the API has no limit of its own: it needs what Lambda keeps back at least.
    needed = reserved + max(UNRESERVED, queues + UNRESERVED)
    there = value(subject.aws.client("service-quotas"), *LAMBDA)
    what = f"{there or 0:g} runs at once; the stage may use {needed} ({reserved} of them reserved)"
    if there is None:
        yield Finding("Lambda concurrency", "unknown", "AWS does not tell the quota", _look(LAMBDA))
    elif there < reserved + UNRESERVED:
        # CloudFormation refuses to reserve what would leave fewer than 100.
        yield Finding("Lambda concurrency", "problem", what, _more(subject, LAMBDA, needed))
    elif there < needed:
        yield Finding("Lambda concurrency", "warning", what, _more(subject, LAMBDA, needed))
    else:
        yield Finding("Lambda concurrency", "ok", what)


def started_executions(subject: Subject) -> Iterator[Finding]:
    """Whether executions start as fast as recordings come in the busiest hour."""
    # By its name: AWS has documented no code for it.
    pages = (
        subject.aws.client("service-quotas")
        .get_paginator("list_service_quotas")
        .paginate(ServiceCode="states")
    )
    quotas = [quota for page in pages for quota in page["Quotas"]]
    rates = [quota["Value"] for quota in quotas if quota["QuotaName"] == START_RATE]
    needed = subject.files_per_day * BUSY_HOUR / _SECONDS_PER_DAY
    if not rates:
        yield Finding(
            "StartExecution rate",
            "unknown",
            f"AWS does not tell the quota; {needed:.3g} a second are needed",
            "Look in Service Quotas under AWS Step Functions.",
        )
        return
    what = f"{rates[0]:g} a second; the busiest hour needs about {needed:.3g}"
    if rates[0] < needed:
        yield Finding(
            "StartExecution rate",
            "warning",
            what,
            "Ask for more in Service Quotas under AWS Step Functions. Uploads wait in their queue "
            "meanwhile.",
        )
    else:
        yield Finding("StartExecution rate", "ok", what)


def _more(subject: Subject, quota: tuple[str, str], needed: float) -> str:
    return ask_for_more(*quota, needed, subject.aws.region_name)


def _look(quota: tuple[str, str]) -> str:
    return f"Look in Service Quotas for {quota[1]} of {quota[0]}."
