"""Whether the edge's keys are made, and its own domain has a certificate that CloudFront takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from commands.doctor.findings import Finding
from commands.edge_keys import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef

    from commands.doctor.findings import Subject

CERTIFICATES_ARE_IN: Final = "us-east-1"
"""The one region from which CloudFront takes certificates."""

_HOW_TO_CERTIFY: Final = (
    f"Ask ACM in {CERTIFICATES_ARE_IN} for a certificate of the domain, whatever the stage's "
    "region, and add its DNS record."
)


def keys(subject: Subject) -> Iterator[Finding]:
    """Whether everything is there that `npm run edge-keys` makes."""
    names = Names.of(subject.stage)
    ssm = subject.aws.client("ssm")
    secrets_manager = subject.aws.client("secretsmanager")
    missing = list(
        ssm.get_parameters(Names=[names.public_key_ids, names.origin_secret_version])[
            "InvalidParameters"
        ]
    )
    for secret in (names.signing_key, names.origin_secret):
        try:
            secrets_manager.describe_secret(SecretId=secret)
        except secrets_manager.exceptions.ResourceNotFoundException:
            missing.append(secret)
    if missing:
        yield Finding(
            "edge keys",
            "problem",
            f"missing: {', '.join(missing)}",
            f"Run `npm run edge-keys -- --stage {subject.stage} "
            f"--region {subject.aws.region_name}`.",
        )
        return
    yield _published(subject, names)


def _published(subject: Subject, names: Names) -> Finding:
    stored = subject.aws.client("ssm").get_parameter(Name=names.public_key_ids)
    # One page: an account has ten keys, unless AWS allows it more.
    listed = subject.aws.client("cloudfront").list_public_keys()["PublicKeyList"]
    there = {key["Id"] for key in listed.get("Items", ())}
    gone = set(stored["Parameter"]["Value"].split(",")) - there
    if gone and "NextMarker" not in listed:
        return Finding(
            "edge keys",
            "problem",
            f"CloudFront has no public key {', '.join(gone)}, which {names.public_key_ids} names",
            f"Delete the secret {names.signing_key}, then run `npm run edge-keys` again.",
        )
    return Finding("edge keys", "ok", "the key pair and the origin's secret are there")


def domain(subject: Subject) -> Iterator[Finding]:
    """Whether a domain of one's own has its certificate."""
    name, arn = subject.parameters["edgeDomain"], subject.parameters["certificateArn"]
    if not name and not arn:
        yield Finding("domain", "ok", "none of its own: CloudFront's is used")
        return
    if not name or not arn:
        yield Finding(
            "domain",
            "problem",
            f"{'edgeDomain' if name else 'certificateArn'} is given alone",
            f"Give both, or neither. {_HOW_TO_CERTIFY}",
        )
        return
    if arn.split(":")[3:4] != [CERTIFICATES_ARE_IN]:
        yield Finding(
            "certificate", "problem", f"{arn} is not of {CERTIFICATES_ARE_IN}", _HOW_TO_CERTIFY
        )
        return
    client = subject.aws.client("acm", region_name=CERTIFICATES_ARE_IN)
    try:
        found = client.describe_certificate(CertificateArn=arn)["Certificate"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield Finding("certificate", "problem", f"this account has no {arn}", _HOW_TO_CERTIFY)
        return
    yield _certified(name, found)


def _certified(name: str, certificate: CertificateDetailTypeDef) -> Finding:
    status = certificate["Status"]
    if status != "ISSUED":
        return Finding(
            "certificate",
            "problem",
            f"is {status}",
            "Add the DNS record that ACM shows for it, and wait some minutes."
            if status == "PENDING_VALIDATION"
            else _HOW_TO_CERTIFY,
        )
    covered = certificate.get("SubjectAlternativeNames") or [certificate["DomainName"]]
    if not covers(covered, name):
        return Finding(
            "certificate", "problem", f"is for {', '.join(covered)}, not {name}", _HOW_TO_CERTIFY
        )
    return Finding("certificate", "ok", f"is issued for {name}")


def covers(names: Sequence[str], host: str) -> bool:
    """Whether a certificate of these names is good for a host; a wildcard stands for one label."""
    return host in names or f"*.{host.partition('.')[2]}" in names
