"""Distributions for the contract tests: their templates, keys, signed links and buckets."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.local.conftest import deploy
from tests.local.http_apis import Client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws import LocalAws

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]


@functools.cache
def key(name: str) -> rsa.RSAPrivateKey:
    """One key pair for each name."""
    del name
    return rsa.generate_private_key(65537, 2048)


def public_pem(name: str) -> str:
    public = key(name).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def signer(
    key_id: str, name: str, algorithm: hashes.HashAlgorithm | None = None
) -> CloudFrontSigner:
    """Return AWS's own signer, with a key of ours."""
    return CloudFrontSigner(
        key_id,
        lambda text: key(name).sign(text, padding.PKCS1v15(), algorithm or hashes.SHA1()),  # noqa: S303 - CloudFront's
    )


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


@dataclass(frozen=True)
class Edge:
    """A distribution over one bucket, as a viewer and its owner see it."""

    aws: LocalAws
    client: Client
    outputs: Mapping[str, str]
    bucket: str

    @property
    def url(self) -> str:
        return self.client.endpoint

    def put(self, key: str, body: bytes, **more: object) -> None:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def results(self) -> Mapping[str, Mapping[str, int]]:
        return self.aws.edge_results(self.outputs["Id"])


def resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::CloudFront::{kind}", "Properties": properties}


def bucket_resources(name: str, *actions: str) -> dict[str, Any]:
    """A bucket that the distribution may use with these actions."""
    arn = f"arn:aws:s3:::{name}"
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
        "Control": resource(
            "OriginAccessControl",
            OriginAccessControlConfig={
                "Name": name,
                "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            },
        ),
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudfront.amazonaws.com"},
                            "Action": list(actions or ("s3:GetObject", "s3:ListBucket")),
                            "Resource": [arn, f"{arn}/*"],
                            "Condition": {
                                "StringEquals": {
                                    "AWS:SourceArn": {
                                        "Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:"
                                        "distribution/${Distribution}"
                                    }
                                }
                            },
                        }
                    ]
                },
            },
        },
    }


def bucket_origin(**more: object) -> dict[str, Any]:
    return {
        "Id": "bucket",
        "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
        "OriginAccessControlId": {"Fn::GetAtt": ["Control", "Id"]},
        "S3OriginConfig": {},
        **more,
    }


def behaviour(target: str = "bucket", **more: object) -> dict[str, Any]:
    return {
        "TargetOriginId": target,
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": CACHING_OPTIMIZED,
        **more,
    }


def deploy_edge(
    aws: LocalAws,
    name: str,
    *,
    default: Mapping[str, Any] | None = None,
    behaviours: list[Mapping[str, Any]] | None = None,
    origins: list[Mapping[str, Any]] | None = None,
    more: Mapping[str, Any] | None = None,
    **config: object,
) -> Edge:
    """Deploy a distribution over a bucket, with more resources and properties if given."""
    resources = {
        **bucket_resources(name),
        **(more or {}),
        "Distribution": resource(
            "Distribution",
            DistributionConfig={
                "Enabled": True,
                "Origins": [bucket_origin(), *(origins or ())],
                "DefaultCacheBehavior": default or behaviour(),
                "CacheBehaviors": behaviours or [],
                **config,
            },
        ),
    }
    outputs = {
        "Id": {"Ref": "Distribution"},
        "Domain": {"Fn::GetAtt": ["Distribution", "DomainName"]},
    }
    outputs |= {
        f"{part}Id": {"Ref": part}
        for part, described in resources.items()
        if described["Type"] == "AWS::CloudFront::PublicKey"
    }
    found = deploy(aws, name, resources, outputs)
    return Edge(aws, Client(f"http://{found['Domain']}"), found, name)


def key_resources(*names: str, trusted: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Public keys, and a key group of all of them or of those that are trusted."""
    keys = {
        name: resource(
            "PublicKey",
            PublicKeyConfig={"CallerReference": name, "Name": name, "EncodedKey": public_pem(name)},
        )
        for name in names
    }
    items = [{"Ref": name} for name in (names if trusted is None else trusted)]
    return {**keys, "Group": resource("KeyGroup", KeyGroupConfig={"Name": "g", "Items": items})}


def signed_behaviour(**more: object) -> dict[str, Any]:
    return {**behaviour(), "TrustedKeyGroups": [{"Ref": "Group"}], **more}


def custom_policy(resource: str, **conditions: object) -> str:
    condition = {"DateLessThan": {"AWS:EpochTime": int(in_an_hour().timestamp())}, **conditions}
    statement = {"Resource": resource, "Condition": condition}
    return json.dumps({"Statement": [statement]}, separators=(",", ":"))
