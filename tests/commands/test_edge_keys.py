"""The edge's keys: made once, rotated with an overlap, never shown."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from moto import mock_aws

from commands import edge_keys
from commands.edge_keys import LINKS_LIVE, SERVICE, EdgeKeys, Names, RotationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NAMES = Names.of("dev")


class Account:
    """An account with the stage's keys, and deployments that only change the key group."""

    def __init__(self) -> None:
        self.secrets = boto3.client("secretsmanager")
        self.ssm = boto3.client("ssm")
        self.cloudfront = boto3.client("cloudfront")
        self.now = datetime(2026, 11, 22, tzinfo=UTC)
        self.keys = EdgeKeys(self.secrets, self.ssm, self.cloudfront, NAMES, lambda: self.now)
        self.groups = 0

    def pairs(self) -> dict[str, Any]:
        return self.secret(NAMES.signing_key)

    def origin(self) -> dict[str, Any]:
        return self.secret(NAMES.origin_secret)

    def secret(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(
            self.secrets.get_secret_value(SecretId=name)["SecretString"]
        )
        return document

    def parameter(self, name: str) -> str:
        return self.ssm.get_parameter(Name=name)["Parameter"]["Value"]

    def published_ids(self) -> list[str]:
        return self.parameter(NAMES.public_key_ids).split(",")

    def public_keys(self) -> dict[str, str]:
        found = self.cloudfront.list_public_keys()["PublicKeyList"].get("Items", [])
        return {key["Id"]: key["EncodedKey"] for key in found}

    def deploy(self) -> None:
        """Let a key group trust what is published, in the place of the one before."""
        from moto.cloudfront.models import cloudfront_backends  # noqa: PLC0415 - inside mock_aws

        cloudfront_backends["123456789012"]["aws"].key_groups.clear()
        self.groups += 1
        self.cloudfront.create_key_group(
            KeyGroupConfig={"Name": f"g{self.groups}", "Items": self.published_ids()}
        )


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


def test_the_first_run_makes_a_pair_and_a_secret(account: Account) -> None:
    assert "Deploy" in account.keys.ensure()
    current = account.pairs()["current"]
    private = load_pem_private_key(current["private_key"].encode(), password=None)
    public = load_pem_public_key(account.public_keys()[current["id"]].encode())
    assert private.public_key() == public
    assert account.published_ids() == [current["id"]]
    assert len(account.origin()["current"]) >= 32
    version = account.secrets.get_secret_value(SecretId=NAMES.origin_secret)["VersionId"]
    assert account.parameter(NAMES.origin_secret_version) == version


def test_another_run_changes_nothing(account: Account) -> None:
    account.keys.ensure()
    before = (account.pairs(), account.origin(), account.published_ids(), account.public_keys())
    assert "Deploy" not in account.keys.ensure()
    after = (account.pairs(), account.origin(), account.published_ids(), account.public_keys())
    assert after == before


def test_a_rotation_overlaps_from_its_first_step_to_its_last(account: Account) -> None:
    account.keys.ensure()
    account.deploy()
    old, old_secret = account.pairs()["current"], account.origin()["current"]

    account.keys.rotate()
    assert account.pairs()["current"] == old
    new = account.pairs()["next"]
    assert set(account.published_ids()) == {old["id"], new["id"]}
    assert account.origin()["previous"] == old_secret
    new_secret = account.origin()["current"]
    assert new_secret != old_secret

    account.deploy()
    account.keys.rotate()
    assert (account.pairs()["current"], account.pairs()["previous"]) == (new, old)
    assert set(account.published_ids()) == {old["id"], new["id"]}

    account.now += LINKS_LIVE
    account.keys.retire(at_once=False)
    assert account.pairs() == {"current": new}
    assert account.origin() == {"current": new_secret}
    assert account.published_ids() == [new["id"]]
    # CloudFront deletes no key that a group trusts: the next run after the deployment does.
    assert old["id"] in account.public_keys()
    account.deploy()
    account.keys.ensure()
    assert set(account.public_keys()) == {new["id"]}


def test_nothing_is_signed_with_a_key_that_the_edge_does_not_trust_yet(account: Account) -> None:
    account.keys.ensure()
    account.deploy()
    account.keys.rotate()
    before = account.pairs()
    with pytest.raises(RotationRefused, match="deploy"):
        account.keys.rotate()
    assert account.pairs() == before


def test_a_rotation_waits_for_the_end_of_the_one_before(account: Account) -> None:
    account.keys.ensure()
    account.keys.rotate()
    account.deploy()
    account.keys.rotate()
    with pytest.raises(RotationRefused, match="--retire"):
        account.keys.rotate()


def test_a_key_is_retired_when_its_links_have_ended_or_at_once_if_it_leaked(
    account: Account,
) -> None:
    account.keys.ensure()
    account.keys.rotate()
    account.deploy()
    account.keys.rotate()
    account.now += LINKS_LIVE - timedelta(seconds=1)
    with pytest.raises(RotationRefused, match="live until 2026-11-23 00:10"):
        account.keys.retire(at_once=False)
    assert "previous" in account.pairs()
    account.keys.retire(at_once=True)
    assert "previous" not in account.pairs()


def test_retiring_nothing_is_harmless(account: Account) -> None:
    account.keys.ensure()
    before = account.pairs()
    assert "no key to retire" in account.keys.retire(at_once=False)
    assert account.pairs() == before


def test_a_run_finishes_what_an_interrupted_one_left(account: Account) -> None:
    account.keys.ensure()
    account.cloudfront.create_public_key(
        PublicKeyConfig={
            "CallerReference": "x",
            "Name": f"{NAMES.public_key_prefix}x",
            "EncodedKey": "left behind",
        }
    )
    account.ssm.delete_parameter(Name=NAMES.public_key_ids)
    account.keys.ensure()
    assert account.published_ids() == [account.pairs()["current"]["id"]]
    assert set(account.public_keys()) == set(account.published_ids())


def test_keys_of_others_are_left_alone(account: Account) -> None:
    made = account.cloudfront.create_public_key(
        PublicKeyConfig={
            "CallerReference": "x",
            "Name": "transcription-prod-edge-1",
            "EncodedKey": "theirs",
        }
    )
    theirs = made["PublicKey"]["Id"]
    account.keys.ensure()
    assert theirs in account.public_keys()


def test_the_command_takes_each_step_and_prints_no_secret(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([], ["--rotate"]):
        assert edge_keys.main(["--stage", "dev", *arguments]) == 0
    assert edge_keys.main(["--stage", "dev", "--rotate"]) == 1
    account.deploy()
    assert edge_keys.main(["--stage", "dev", "--rotate"]) == 0
    pairs = account.pairs()
    assert edge_keys.main(["--stage", "dev", "--retire"]) == 1
    assert edge_keys.main(["--stage", "dev", "--retire", "--now"]) == 0
    printed = "".join(capsys.readouterr())
    body = re.sub(r"-----.*?-----|\s", "", pairs["current"]["private_key"])
    assert body[:20] not in printed
    assert account.origin()["current"] not in printed


def test_before_the_first_run_there_is_nothing_to_rotate(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    del account
    for step in ("--rotate", "--retire"):
        assert edge_keys.main(["--stage", "dev", step]) == 1
    assert "there are no keys yet" in capsys.readouterr().err


def test_the_service_is_the_templates() -> None:
    text = (ROOT / "serverless.yml").read_text()
    assert yaml.safe_load(text.partition("plugins:")[0])["service"] == SERVICE
