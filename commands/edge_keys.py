"""Makes and rotates what the edge is trusted by: the key pair of links, the origin's secret.

    npm run edge-keys -- --stage prod             makes them, before the first deployment
    npm run edge-keys -- --stage prod --rotate    twice, with a deployment (--force) between
    npm run edge-keys -- --stage prod --retire    a day later, then deploy (--force)

Private keys go from memory to Secrets Manager. Public ones are made in CloudFront, outside the
stack: CloudFormation cannot change one. Each deployment reads two parameters of SSM: the ids that
the key group trusts, and the version of the origin's secret. The framework does not see that they
changed and would skip the deployment, hence `--force`.

A rotation overlaps. The first `--rotate` lets the edge trust the next pair; the second, which
requires that this is deployed, signs with it; `--retire` ends the trust in the old one when no
link of it lives any more. Each run finishes what one before it left undone.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

SERVICE: Final = "transcription"
"""The service's name in serverless.yml."""

KEY_BITS: Final = 2048
"""CloudFront takes RSA keys of no other size."""

LINKS_LIVE: Final = timedelta(hours=24, minutes=10)
"""A link's day, and the minutes for which functions sign on with the key that they know."""


class RotationRefused(Exception):
    """The step would break links or requests; the text says what to do first."""


@dataclass(frozen=True)
class Names:
    """Where the keys of a stage are kept; resources/edge.yml has the same names.

    Attributes:
        signing_key: the secret with the key pairs.
        origin_secret: the secret that the edge shows the API.
        public_key_ids: the SSM parameter with the ids that the key group trusts.
        origin_secret_version: the SSM parameter with the version for the template.
        public_key_prefix: begins the names of the public keys in CloudFront.
    """

    signing_key: str
    origin_secret: str
    public_key_ids: str
    origin_secret_version: str
    public_key_prefix: str

    @classmethod
    def of(cls, stage: str) -> Self:
        """The names of one stage."""
        folder = f"{SERVICE}/{stage}/edge"
        return cls(
            f"{folder}/signing-key",
            f"{folder}/origin-secret",
            f"/{folder}/public-key-ids",
            f"/{folder}/origin-secret-version",
            f"{SERVICE}-{stage}-edge-",
        )


@dataclass(frozen=True)
class EdgeKeys:
    """The keys of one stage.

    Attributes:
        secrets_manager: keeps private keys and the origin's secret.
        ssm: keeps what the template reads.
        cloudfront: has the public keys.
        names: where the stage's keys are kept.
        now: the present moment.
    """

    secrets_manager: SecretsManagerClient
    ssm: SSMClient
    cloudfront: CloudFrontClient
    names: Names
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def ensure(self) -> str:
        """Make what is missing; like the other steps, return for a person what comes next."""
        pairs = self._read(self.names.signing_key)
        if pairs is None:
            self._write(self.names.signing_key, {"current": self._new_pair()})
        if self._read(self.names.origin_secret) is None:
            self._write(self.names.origin_secret, {"current": _new_secret()})
        self._publish()
        if pairs is None:
            return "The edge's keys are made. Deploy the stage next."
        return f"The edge's keys are there; links are signed with {pairs['current']['id']}."

    def rotate(self) -> str:
        """Take the next of a rotation's two steps.

        Raises:
            RotationRefused: the step before this one is not finished.
        """
        pairs = self._pairs()
        if "previous" in pairs:
            raise RotationRefused("the key before this one is still trusted: --retire it first")
        if "next" not in pairs:
            self._write(self.names.signing_key, {**pairs, "next": self._new_pair()})
            self._rotate_origin_secret()
            self._publish()
            return "The next key and secret are made. Deploy with --force, then --rotate once more."
        if pairs["next"]["id"] not in self._trusted_ids():
            raise RotationRefused("no key group trusts the next key yet: deploy with --force first")
        promoted = {
            "current": pairs["next"],
            "previous": pairs["current"],
            "since": self.now().isoformat(),
        }
        self._write(self.names.signing_key, promoted)
        self._publish()
        return "Links are signed with the next key. --retire the old one in a day."

    def retire(self, *, at_once: bool) -> str:
        """End the trust in the key and the secret before the current ones.

        Args:
            at_once: although links that the old key signed are alive: for a key that leaked.

        Raises:
            RotationRefused: links of the old key are alive.
        """
        pairs = self._pairs()
        if "previous" not in pairs:
            self._publish()
            return "There is no key to retire."
        ends = datetime.fromisoformat(pairs["since"]) + LINKS_LIVE
        if self.now() < ends and not at_once:
            raise RotationRefused(
                f"links of the old key live until {ends:%Y-%m-%d %H:%M} UTC; "
                "with --now they end with the next deployment"
            )
        self._write(self.names.signing_key, {"current": pairs["current"]})
        origin = self._read(self.names.origin_secret) or {"current": _new_secret()}
        self._write(self.names.origin_secret, {"current": origin["current"]})
        self._publish()
        return "The old key is retired. Deploy with --force to end the edge's trust in it."

    def _rotate_origin_secret(self) -> None:
        secret = self._read(self.names.origin_secret)
        if secret is None:
            self._write(self.names.origin_secret, {"current": _new_secret()})
        elif not secret.get("previous"):
            # With two there already, the older one may be what the deployed edge shows.
            changed = {"current": _new_secret(), "previous": secret["current"]}
            self._write(self.names.origin_secret, changed)

    def _publish(self) -> None:
        """Tell the template what the secrets hold, and forget public keys that nobody trusts."""
        pairs = self._pairs()
        ids = [pair["id"] for pair in pairs.values() if "id" in pair]
        version = self.secrets_manager.get_secret_value(SecretId=self.names.origin_secret)
        self.ssm.put_parameter(
            Name=self.names.public_key_ids, Value=",".join(ids), Type="StringList", Overwrite=True
        )
        self.ssm.put_parameter(
            Name=self.names.origin_secret_version,
            Value=version["VersionId"],
            Type="String",
            Overwrite=True,
        )
        trusted = self._trusted_ids()
        for key in _pages(self.cloudfront.list_public_keys, "PublicKeyList"):
            ours = key["Name"].startswith(self.names.public_key_prefix)
            if ours and key["Id"] not in {*ids, *trusted}:
                etag = self.cloudfront.get_public_key(Id=key["Id"])["ETag"]
                self.cloudfront.delete_public_key(Id=key["Id"], IfMatch=etag)

    def _new_pair(self) -> dict[str, str]:
        private = rsa.generate_private_key(65537, KEY_BITS)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        name = f"{self.names.public_key_prefix}{secrets.token_hex(4)}"
        made = self.cloudfront.create_public_key(
            PublicKeyConfig={
                "CallerReference": name,
                "Name": name,
                "EncodedKey": public.decode(),
                "Comment": "Signs links; made by npm run edge-keys.",
            }
        )
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {"id": made["PublicKey"]["Id"], "private_key": pem.decode()}

    def _pairs(self) -> dict[str, Any]:
        pairs = self._read(self.names.signing_key)
        if pairs is None:
            raise RotationRefused("there are no keys yet: run this without --rotate or --retire")
        return pairs

    def _trusted_ids(self) -> set[str]:
        groups = _pages(self.cloudfront.list_key_groups, "KeyGroupList")
        return {key for group in groups for key in group["KeyGroup"]["KeyGroupConfig"]["Items"]}

    def _read(self, secret: str) -> dict[str, Any] | None:
        try:
            text = self.secrets_manager.get_secret_value(SecretId=secret)["SecretString"]
        except self.secrets_manager.exceptions.ResourceNotFoundException:
            return None
        document: dict[str, Any] = json.loads(text)
        return document

    def _write(self, secret: str, document: dict[str, Any]) -> None:
        text = json.dumps(document)
        if self._read(secret) is None:
            self.secrets_manager.create_secret(Name=secret, SecretString=text)
        else:
            self.secrets_manager.put_secret_value(SecretId=secret, SecretString=text)


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _pages(list_some: Callable[..., Any], name: str) -> Iterator[dict[str, Any]]:
    """Go through all items of a list of CloudFront's, which has no paginator for these."""
    marker: dict[str, str] = {}
    while True:
        found = list_some(**marker)[name]
        yield from found.get("Items", ())
        if not found.get("NextMarker"):
            return
        marker = {"Marker": found["NextMarker"]}


def main(arguments: list[str]) -> int:
    """Do what the command line asks.

    Returns:
        The process's exit status.
    """
    parser = argparse.ArgumentParser(
        prog="npm run edge-keys --", description="Make or rotate what the edge is trusted by."
    )
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", default="us-east-1")
    step = parser.add_mutually_exclusive_group()
    step.add_argument("--rotate", action="store_true", help="take the next step of a rotation")
    step.add_argument("--retire", action="store_true", help="end the trust in the old key")
    parser.add_argument("--now", action="store_true", help="with --retire: links die with it")
    chosen = parser.parse_args(arguments)
    if chosen.now and not chosen.retire:
        parser.error("--now goes with --retire")
    session = boto3.Session(region_name=chosen.region)
    keys = EdgeKeys(
        session.client("secretsmanager"),
        session.client("ssm"),
        session.client("cloudfront"),
        Names.of(chosen.stage),
    )
    try:
        if chosen.rotate:
            print(keys.rotate())
        elif chosen.retire:
            print(keys.retire(at_once=chosen.now))
        else:
            print(keys.ensure())
    except (RotationRefused, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
