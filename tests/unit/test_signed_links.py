"""Links through the edge: signed by the current key, for exactly one object and time."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.kept_secret import FRESH_SECONDS
from scribe.adapters.signed_links import SignedLinks, SigningKey, SigningKeys, signed, url_of
from scribe.refreshed import FetchFailed

from tests.unit.edge_support import ADDRESS, DAY, key_pairs, pem, private_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME = "transcription/edge"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "user_1/job_1/transcript.txt"


class Owner:
    """The secret as it is stored, and whoever signs with it."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self.client = client
        self.seconds = 1000.0
        self.failures: list[FetchFailed] = []
        keys = SigningKeys(
            client, NAME, on_failure=self.failures.append, clock=lambda: self.seconds
        )
        self.links = SignedLinks(
            keys,
            address=ADDRESS,
            lifetime_seconds=DAY,
            now=lambda: NOW + timedelta(milliseconds=999),
        )
        client.create_secret(Name=NAME, SecretString=json.dumps(key_pairs("first")))

    def store(self, stored: object) -> None:
        text = stored if isinstance(stored, str) else json.dumps(stored)
        self.client.put_secret_value(SecretId=NAME, SecretString=text)

    def delete(self) -> None:
        self.client.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)

    def key_id(self) -> str:
        (found,) = parse_qs(urlsplit(self.links.to(KEY).url).query)["Key-Pair-Id"]
        return found


@pytest.fixture(scope="module")
def client() -> Iterator[SecretsManagerClient]:
    with mock_aws():
        yield aws.secrets_manager()


@pytest.fixture
def owner(client: SecretsManagerClient) -> Iterator[Owner]:
    owner = Owner(client)
    yield owner
    owner.delete()


def verify(url: str, name: str) -> None:
    """Check a canned policy's signature, put together from the documentation alone."""
    resource, _, query = url.partition("?")
    given = {part: value for part, _, value in (p.partition("=") for p in query.split("&"))}
    policy = (
        f'{{"Statement":[{{"Resource":"{resource}","Condition":'
        f'{{"DateLessThan":{{"AWS:EpochTime":{given["Expires"]}}}}}}}]}}'
    )
    text = given["Signature"].translate(str.maketrans("-_~", "+=/"))
    private_key(name).public_key().verify(
        base64.b64decode(text, validate=True),
        policy.encode(),
        padding.PKCS1v15(),
        hashes.SHA1(),  # noqa: S303 - what CloudFront takes where a link names no other
    )


def test_a_link_is_signed_for_its_object_and_its_day(owner: Owner) -> None:
    link = owner.links.to(KEY)
    own, _, query = link.url.partition("?")
    assert own == f"{ADDRESS}/user_1/job_1/transcript.txt"
    parameters = parse_qs(query)
    assert parameters["Expires"] == [str(int(NOW.timestamp()) + DAY)]
    assert link.ends_at == NOW + timedelta(days=1)
    assert parameters["Key-Pair-Id"] == ["KFIRST"]
    verify(link.url, "first")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_key_is_signed_as_it_is_sent(key: str) -> None:
    url = url_of(ADDRESS, key)
    assert unquote(urlsplit(url).path).removeprefix("/") == key
    assert url.isascii()
    assert not set(url) & set(' "?#+*<>\\^`{|}')
    verify(signed(url, SigningKey("KFIRST", private_key("first")), NOW), "first")


def test_a_key_is_written_as_browsers_leave_it() -> None:
    assert url_of("https://edge", "a b/ñ+~.mp3") == "https://edge/a%20b/%C3%B1%2B~.mp3"


def test_only_the_current_pair_signs(owner: Owner) -> None:
    owner.store(key_pairs("second", previous="first", next="third"))
    assert owner.key_id() == "KSECOND"
    verify(owner.links.to(KEY).url, "second")


def test_a_pair_that_was_replaced_signs_no_more_after_its_time(owner: Owner) -> None:
    assert owner.key_id() == "KFIRST"
    owner.store(key_pairs("second", previous="first"))
    assert owner.key_id() == "KFIRST"
    owner.seconds += FRESH_SECONDS
    assert owner.key_id() == "KSECOND"


def test_the_pair_signs_on_while_secrets_manager_fails(owner: Owner) -> None:
    owner.links.to(KEY)
    owner.delete()
    owner.seconds += FRESH_SECONDS
    assert owner.key_id() == "KFIRST"
    assert "ResourceNotFound" in str(owner.failures[0])


@pytest.mark.parametrize(
    "stored",
    [
        "{",
        "null",
        {},
        {"current": "KFIRST"},
        {"current": {"id": "KFIRST"}},
        {"current": {"id": "", "private_key": pem(private_key("first"))}},
        {"current": {"id": 1, "private_key": pem(private_key("first"))}},
        {"current": {"id": "KFIRST", "private_key": "no key"}},
        {
            "current": {
                "id": "KFIRST",
                "private_key": pem(ec.generate_private_key(ec.SECP256R1())),
            }
        },
    ],
    ids=range(9),
)
def test_a_secret_of_another_shape_signs_nothing_and_is_not_quoted(
    stored: object, owner: Owner
) -> None:
    owner.store(stored)
    with pytest.raises(FetchFailed) as failure:
        owner.links.to(KEY)
    assert "KEY" not in str(failure.value)
    assert "KFIRST" not in str(failure.value)
