"""An account in which everything is ready for a deployment, until a test spoils something."""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws

from commands import stage_parameters
from commands.doctor.account import ECS_ROLE
from commands.doctor.examination import examine
from commands.doctor.findings import Subject
from commands.edge_keys import EdgeKeys, Names
from local import service_quotas, ses_account
from local.context import Context
from local.session_issuer import SessionIssuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.doctor.findings import Finding

PARTY = "https://app.transcripts.test"
DOMAIN = "transcripts.test"
SENDER = f"hello@{DOMAIN}"
REPOSITORY = "transcription-worker"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
INDEX = "application/vnd.oci.image.index.v1+json"

RAISED = {
    ("ec2", "L-DB2E81BA"): 2000.0,
    ("ec2", "L-3819A6DF"): 2000.0,
    ("fargate", "L-3032A538"): 4000.0,
    ("fargate", "L-36FBB829"): 4000.0,
    ("lambda", "L-B99A9384"): 1000.0,
}


@functools.cache
def aws() -> boto3.Session:
    """One for all tests: what it has read of AWS's services, it does not read again."""
    return boto3.Session(region_name="us-east-1")


@functools.cache
def _patch_moto() -> None:
    context = Context("http://127.0.0.1:1", Path(), 1.0, Path())
    service_quotas.install(context)
    ses_account.install(context)


@dataclass
class Account:
    """One account, and the stage that is to be deployed to it."""

    issuer: SessionIssuer
    stage: str = "prod"
    files_per_day: int = 10_000
    given: dict[str, str] = field(default_factory=dict)
    token: str | None = None

    def prepare(self) -> None:
        """Do all that the guide asks for."""
        # By its name: moto would call the service's role AWSServiceRoleForecs.
        aws().client("iam").create_role(RoleName=ECS_ROLE, AssumeRolePolicyDocument="{}")
        aws().client("sesv2").put_account_details(
            ProductionAccessEnabled=True,
            MailType="TRANSACTIONAL",
            WebsiteURL=f"https://{DOMAIN}",
        )
        aws().client("sesv2").create_email_identity(EmailIdentity=DOMAIN)
        for (service, code), value in RAISED.items():
            self.grant(service, code, value)
        self.edge_keys().ensure()
        aws().client("ecr").create_repository(repositoryName=REPOSITORY)
        self.store_image(f"{REGISTRY}/{REPOSITORY}@{self.push('amd64')}")
        self.token = self.signed_in("ana@transcripts.test")
        self.given = {
            "senderAddress": SENDER,
            "defaultRecipient": f"operator@{DOMAIN}",
            "sessionIssuer": self.issuer.url,
            "authorizedParties": PARTY,
        }

    def grant(self, service: str, code: str, value: float) -> None:
        aws().client("service-quotas").request_service_quota_increase(
            ServiceCode=service, QuotaCode=code, DesiredValue=value
        )

    def edge_keys(self) -> EdgeKeys:
        return EdgeKeys(
            aws().client("secretsmanager"),
            aws().client("ssm"),
            aws().client("cloudfront"),
            Names.of(self.stage),
        )

    def push(self, architecture: str, tag: str = "1") -> str:
        """Push an image, and return its digest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [{"platform": {"architecture": architecture, "os": "linux"}}],
        }
        text = json.dumps(manifest)
        # As ECR has it; moto's own is one of a hundred, and so now and then another image's.
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        aws().client("ecr").put_image(
            repositoryName=REPOSITORY, imageManifest=text, imageTag=tag, imageDigest=digest
        )
        return digest

    def store_image(self, name: str) -> None:
        aws().client("ssm").put_parameter(
            Name=f"/transcription/{self.stage}/worker-image",
            Value=name,
            Type="String",
            Overwrite=True,
        )

    def signed_in(self, email: str | None) -> str:
        token: str = self.issuer.token("user_ana", email)["token"]
        return token

    def subject(self) -> Subject:
        parameters = stage_parameters.resolve(self.stage, self.given)
        return Subject(self.stage, parameters, aws(), self.files_per_day, self.token)

    def findings(self, name: str | None = None) -> list[Finding]:
        return [found for found in examine(self.subject()) if name in (None, found.name)]

    def worst(self, name: str) -> Finding:
        """The first finding of that name that is not fine."""
        named = (each for each in examine(self.subject()) if each.name == name)
        return next(each for each in named if each.state != "ok")

    def given_too(self, **parameters: str) -> None:
        self.given = {**self.given, **parameters}


@contextmanager
def prepared_account() -> Iterator[Account]:
    """An account in moto with nothing left to do, and an issuer on this machine."""
    _patch_moto()
    with mock_aws(), SessionIssuer(authorized_party=PARTY) as issuer:
        account = Account(issuer)
        account.prepare()
        yield account
