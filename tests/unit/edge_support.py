"""The edge as unit tests need it: key pairs, and the secret with the one that signs."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Final

import boto3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from scribe.adapters import aws
from scribe.adapters.signed_links import SignedLinks, SigningKeys

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scribe.refreshed import FetchFailed

SIGNING_KEY: Final = "transcription/dev/edge/signing-key"
ADDRESS: Final = "https://d111111abcdef8.cloudfront.net"
DAY: Final = 86_400


@functools.cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """One key pair for each name."""
    del name
    return rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def key_pairs(current: str, **others: str) -> dict[str, dict[str, str]]:
    """The secret's document: the pair named first signs, as `K` and its name."""
    pairs = {"current": current, **others}
    return {
        place: {"id": f"K{name.upper()}", "private_key": pem(private_key(name))}
        for place, name in pairs.items()
    }


def store_signing_key() -> None:
    """Store a key pair where the functions look for it."""
    document = json.dumps(key_pairs("first"))
    aws.secrets_manager().create_secret(Name=SIGNING_KEY, SecretString=document)


def create_distribution() -> str:
    """Create a distribution, and return its id."""
    made = boto3.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "edge",
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "transcripts",
                        "DomainName": "transcripts.s3.amazonaws.com",
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "transcripts",
                "ViewerProtocolPolicy": "https-only",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            },
        }
    )
    return made["Distribution"]["Id"]


def signed_links(now: Callable[[], datetime]) -> SignedLinks:
    """Links for a day, signed by the pair that is stored."""

    def fail(failure: FetchFailed) -> None:
        raise failure

    keys = SigningKeys(aws.secrets_manager(), SIGNING_KEY, on_failure=fail)
    return SignedLinks(keys, address=ADDRESS, lifetime_seconds=DAY, now=now)
