"""Whether SES sends as many mails as there will be, from the address that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from commands.doctor.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import (
        GetAccountResponseTypeDef,
        GetEmailIdentityResponseTypeDef,
    )

    from commands.doctor.findings import Subject

BUSY_DAY: Final = 3
"""How many times the usual files a day has (requirements: 100,000, spikes to 300,000)."""

BUSY_HOUR: Final = 4
"""How many times the mean rate the busiest hour has: a tenth to a sixth of a day's files."""

_SECONDS_PER_DAY: Final = 86_400
_IN_SERVICE_QUOTAS: Final = "Ask for more in Service Quotas, under Amazon SES"


def account(subject: Subject) -> Iterator[Finding]:
    """Whether the account is out of the sandbox, and how much it may send."""
    found = subject.aws.client("sesv2").get_account()
    if not found["SendingEnabled"]:
        yield Finding(
            "SES sending",
            "problem",
            "the account's sending is paused",
            "Read what AWS wrote to the account's owner, then resume it in the SES console.",
        )
    elif found["EnforcementStatus"] != "HEALTHY":
        yield Finding(
            "SES sending",
            "warning",
            f"the account is under {found['EnforcementStatus'].lower()}",
            "Read what AWS wrote to the account's owner, before it pauses sending.",
        )
    if found["ProductionAccessEnabled"]:
        yield Finding("SES sandbox", "ok", "the account has production access")
    else:
        yield Finding(
            "SES sandbox",
            "problem",
            "the account is in the sandbox: only verified addresses are told of their transcripts",
            "Ask for production access in the SES console (account dashboard); it takes a day.",
        )
    yield from _amounts(subject, found)


def _amounts(subject: Subject, found: GetAccountResponseTypeDef) -> Iterator[Finding]:
    quota, rate = found["SendQuota"]["Max24HourSend"], found["SendQuota"]["MaxSendRate"]
    files = subject.files_per_day
    # AWS writes -1 where there is no limit.
    if 0 <= quota < files:
        yield Finding(
            "SES daily quota",
            "problem",
            f"{quota:,.0f} mails a day, and {files:,} files each send one",
            f"{_IN_SERVICE_QUOTAS}, `Sending quota`: {BUSY_DAY * files:,} bears a busy day.",
        )
    elif 0 <= quota < BUSY_DAY * files:
        yield Finding(
            "SES daily quota",
            "warning",
            f"{quota:,.0f} mails a day are enough for {files:,} files, not for a busy day",
            f"{_IN_SERVICE_QUOTAS}, `Sending quota`: {BUSY_DAY * files:,}. Until then the mails "
            "of a busy day come up to ten hours late, and those after that are dead letters.",
        )
    else:
        yield Finding("SES daily quota", "ok", f"{quota:,.0f} mails a day")
    needed = files / _SECONDS_PER_DAY
    if rate < needed * BUSY_HOUR:
        yield Finding(
            "SES send rate",
            "problem" if rate < needed else "warning",
            f"{rate:g} mails a second; {files:,} files a day are {needed:.2g} on average and "
            f"about {needed * BUSY_HOUR:.2g} in the busiest hour",
            f"{_IN_SERVICE_QUOTAS}, `Sending rate`. Mails wait in their queue meanwhile.",
        )
    else:
        yield Finding("SES send rate", "ok", f"{rate:g} mails a second")


def sender(subject: Subject) -> Iterator[Finding]:
    """Whether the sender's address, or its domain, is verified and signs its mails."""
    address = subject.parameters["senderAddress"]
    client = subject.aws.client("sesv2")
    domain = address.rpartition("@")[2]
    found = {name: _identity(client, name) for name in (address, domain)}
    verified = [
        name
        for name, identity in found.items()
        if identity is not None and identity.get("VerifiedForSendingStatus")
    ]
    if not verified:
        begun = any(identity is not None for identity in found.values())
        yield Finding(
            "sender",
            "problem",
            f"neither {address} nor {domain} is verified in {subject.aws.region_name}",
            "Finish the verification: click the link of AWS's mail, or add the DNS records."
            if begun
            else f"Verify the domain: `aws sesv2 create-email-identity --email-identity {domain}`, "
            "then add the DKIM records that it returns to the domain's DNS.",
        )
        return
    yield Finding("sender", "ok", f"{verified[0]} is verified")
    yield _signing(domain, found[domain])


def _signing(domain: str, identity: GetEmailIdentityResponseTypeDef | None) -> Finding:
    dkim = {} if identity is None else identity["DkimAttributes"]
    if dkim.get("SigningEnabled") and dkim.get("Status") == "SUCCESS":
        return Finding("DKIM", "ok", f"mails are signed for {domain}")
    return Finding(
        "DKIM",
        "warning",
        f"mails are not signed for {domain} ({dkim.get('Status', 'the domain is no identity')})",
        "Verify the domain with Easy DKIM; without it mailbox providers take mails for spam.",
    )


def _identity(client: SESV2Client, name: str) -> GetEmailIdentityResponseTypeDef | None:
    try:
        return client.get_email_identity(EmailIdentity=name)
    except client.exceptions.NotFoundException:
        return None
