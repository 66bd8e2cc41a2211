"""The edge's secret: one or two values in Secrets Manager (moto), changed without an outage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.kept_secret import FRESH_SECONDS, RETRY_SECONDS
from scribe.adapters.origin_secret import OriginSecret
from scribe.refreshed import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_secretsmanager import SecretsManagerClient

NAME = "transcription/origin"
FIRST, SECOND = "1" * 32, "2" * 40


class Edge:
    """The secret as it is stored, and whoever checks it."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self.client = client
        self.now = 1000.0
        self.failures: list[FetchFailed] = []
        self.secret = OriginSecret(
            client, NAME, on_failure=self.failures.append, clock=lambda: self.now
        )
        client.create_secret(Name=NAME, SecretString=json.dumps({"current": FIRST}))

    def delete(self) -> None:
        self.client.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)

    def store(self, document: object) -> None:
        text = document if isinstance(document, str) else json.dumps(document)
        self.client.put_secret_value(SecretId=NAME, SecretString=text)


@pytest.fixture(scope="module")
def client() -> Iterator[SecretsManagerClient]:
    with mock_aws():
        yield aws.secrets_manager()


@pytest.fixture
def edge(client: SecretsManagerClient) -> Iterator[Edge]:
    edge = Edge(client)
    yield edge
    edge.delete()


@pytest.mark.parametrize(
    "given", ["", "1", FIRST[:-1], FIRST + "1", f" {FIRST}", SECOND, "ä" * 32, "\udc80"]
)
def test_only_the_whole_secret_is_good(given: str, edge: Edge) -> None:
    assert edge.secret.is_known_to(FIRST)
    assert not edge.secret.is_known_to(given)


def test_both_values_are_good_while_the_edge_changes_over(edge: Edge) -> None:
    edge.store({"current": SECOND, "previous": FIRST})
    assert edge.secret.is_known_to(FIRST)
    assert edge.secret.is_known_to(SECOND)


def test_an_empty_previous_value_is_none(edge: Edge) -> None:
    edge.store({"current": FIRST, "previous": ""})
    assert edge.secret.is_known_to(FIRST)
    assert not edge.secret.is_known_to("")


def test_a_new_value_is_known_before_the_old_ones_are_old(edge: Edge) -> None:
    assert edge.secret.is_known_to(FIRST)
    edge.store({"current": SECOND, "previous": FIRST})
    edge.now += RETRY_SECONDS
    assert edge.secret.is_known_to(SECOND)


def test_a_value_that_was_taken_back_ends_with_its_time(edge: Edge) -> None:
    assert edge.secret.is_known_to(FIRST)
    edge.store({"current": SECOND})
    assert edge.secret.is_known_to(FIRST)
    edge.now += FRESH_SECONDS
    assert not edge.secret.is_known_to(FIRST)


def test_the_secret_stays_good_while_secrets_manager_fails(edge: Edge) -> None:
    assert edge.secret.is_known_to(FIRST)
    edge.delete()
    edge.now += FRESH_SECONDS
    assert edge.secret.is_known_to(FIRST)
    assert "ResourceNotFound" in str(edge.failures[0])


def test_without_a_secret_nothing_can_be_said(edge: Edge) -> None:
    edge.delete()
    with pytest.raises(FetchFailed, match="ResourceNotFound"):
        edge.secret.is_known_to(FIRST)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        FIRST,
        "null",
        [FIRST],
        {},
        {"previous": FIRST},
        {"current": ""},
        {"current": "short"},
        {"current": [FIRST]},
        {"current": FIRST, "previous": "short"},
        {"current": FIRST, "previous": None},
    ],
    ids=str,
)
def test_a_secret_of_another_shape_is_no_secret_and_is_not_quoted(
    document: object, edge: Edge
) -> None:
    edge.store(document)
    with pytest.raises(FetchFailed) as failure:
        edge.secret.is_known_to("")
    assert FIRST not in str(failure.value)
