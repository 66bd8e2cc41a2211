"""CloudFront: who may read what is behind a key group, and what all others are told."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes

from tests.local.edges import (
    Edge,
    behaviour,
    custom_policy,
    deploy_edge,
    in_an_hour,
    key_resources,
    signed_behaviour,
    signer,
)

if TYPE_CHECKING:
    from local.aws import LocalAws
    from tests.local.http_apis import Answer

XML = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>{}</Message></Error>'
DENIED = XML.format("AccessDenied", "Access denied").encode()


@dataclass(frozen=True)
class Protected:
    """A distribution, `/private/*` of which needs a signature of one of two keys."""

    edge: Edge

    def target(self, url: str) -> str:
        return url.removeprefix(self.edge.url)

    def read(self, url: str) -> Answer:
        return self.edge.client.call("GET", self.target(url))

    def signed(self, path: str, *, key: str = "First", until: datetime | None = None) -> str:
        made = signer(self.edge.outputs[f"{key}Id"], key)
        url: str = made.generate_presigned_url(
            self.edge.url + path, date_less_than=until or in_an_hour()
        )
        return url

    def signed_by_policy(self, path: str, policy: str) -> str:
        made = signer(self.edge.outputs["FirstId"], "First")
        url: str = made.generate_presigned_url(self.edge.url + path, policy=policy)
        return url


@pytest.fixture(scope="module")
def protected(aws: LocalAws) -> Protected:
    edge = deploy_edge(
        aws,
        f"t-{uuid.uuid4().hex[:10]}",
        behaviours=[signed_behaviour(PathPattern="private/*")],
        more=key_resources("First", "Second", "Outside", trusted=("First", "Second")),
    )
    for key in ("private/a.txt", "private/b.txt", "private/ñ +~&'(1).txt", "public.txt"):
        edge.put(key, key.encode())
    return Protected(edge)


def test_a_link_that_a_trusted_key_signed_reads_its_object(protected: Protected) -> None:
    for key in ("First", "Second"):
        answer = protected.read(protected.signed("/private/a.txt", key=key))
        assert (answer.status, answer.body) == (200, b"private/a.txt")


def test_a_link_may_name_sha256(protected: Protected) -> None:
    made = signer(protected.edge.outputs["FirstId"], "First", hashes.SHA256())
    url = made.generate_presigned_url(
        f"{protected.edge.url}/private/a.txt", date_less_than=in_an_hour()
    )
    assert protected.read(f"{url}&Hash-Algorithm=SHA256").status == 200
    assert protected.read(url).body == DENIED


def test_a_path_without_a_key_group_needs_no_signature(protected: Protected) -> None:
    assert protected.read("/public.txt").status == 200


def test_without_a_signature_the_key_is_missing(protected: Protected) -> None:
    answer = protected.read("/private/a.txt")
    expected = XML.format("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    assert (answer.status, answer.body) == (403, expected.encode())
    assert answer.header("content-type") == "text/xml"
    assert answer.header("x-cache") == "Error from cloudfront"


def test_a_key_outside_the_group_is_unknown(protected: Protected) -> None:
    answer = protected.read(protected.signed("/private/a.txt", key="Outside"))
    assert (answer.status, answer.body) == (403, XML.format("InvalidKey", "Unknown Key").encode())


def test_a_link_ends_with_its_time(protected: Protected) -> None:
    until = datetime.now(UTC) - timedelta(seconds=1)
    answer = protected.read(protected.signed("/private/a.txt", until=until))
    assert (answer.status, answer.body) == (403, DENIED)


def test_a_link_is_good_for_its_own_path_time_key_and_signature_alone(
    protected: Protected,
) -> None:
    url = protected.signed("/private/a.txt")
    expires = str(int(in_an_hour().timestamp()) + 60)
    own, _, rest = url.partition("?")
    _, signature, key_id = rest.split("&")
    changed = [
        url.replace("a.txt", "b.txt"),
        f"{own}?Expires={expires}&{signature}&{key_id}",
        f"{own}?{signature}&{key_id}",
        url.replace(protected.edge.outputs["FirstId"], protected.edge.outputs["SecondId"]),
        f"{own}?Expires=x&{signature}&{key_id}",
        f"{own}?{rest.split('&')[0]}&{key_id}",
        f"{url}&size=large",
        url.replace("Signature=", "Signature=AAAA"),
        url.replace("Signature=", "Signature=!"),
        f"{url}&Hash-Algorithm=MD5",
    ]
    for tampered in changed:
        answer = protected.read(tampered)
        assert (answer.status, answer.body) == (403, DENIED), tampered
    assert protected.read(url).status == 200


def test_a_link_is_good_at_its_own_host_alone(protected: Protected) -> None:
    port = protected.edge.url.rpartition(":")[2]
    other = protected.signed("/private/a.txt").replace("127.0.0.1", "localhost")
    target = other.removeprefix(f"http://localhost:{port}")
    connection_to_the_same = protected.edge.client.call("GET", target)
    assert connection_to_the_same.status == 200
    elsewhere = signer(protected.edge.outputs["FirstId"], "First").generate_presigned_url(
        "http://other.example.org/private/a.txt", date_less_than=in_an_hour()
    )
    target = elsewhere.removeprefix("http://other.example.org")
    assert protected.edge.client.call("GET", target).body == DENIED


def test_a_custom_policy_may_cover_many_paths(protected: Protected) -> None:
    policy = custom_policy(f"{protected.edge.url}/private/?.txt")
    for path in ("/private/a.txt", "/private/b.txt"):
        assert protected.read(protected.signed_by_policy(path, policy)).status == 200
    other = protected.signed_by_policy("/private/none/a.txt", policy)
    assert protected.read(other).body == DENIED


def test_a_custom_policy_may_name_a_beginning_and_an_address(protected: Protected) -> None:
    url = f"{protected.edge.url}/private/*"
    later = int(in_an_hour().timestamp())
    conditions: list[tuple[dict[str, object], int]] = [
        ({"DateGreaterThan": {"AWS:EpochTime": 1}}, 200),
        ({"DateGreaterThan": {"AWS:EpochTime": later}}, 403),
        ({"IpAddress": {"AWS:SourceIp": "127.0.0.0/8"}}, 200),
        ({"IpAddress": {"AWS:SourceIp": "192.0.2.1/32"}}, 403),
    ]
    for condition, status in conditions:
        policy = custom_policy(url, **condition)
        answer = protected.read(protected.signed_by_policy("/private/a.txt", policy))
        assert answer.status == status, condition


@pytest.mark.parametrize("policy", ["{", "[]", '{"Statement":[]}', '{"Statement":[{}]}'])
def test_a_policy_that_cannot_be_read_lets_nobody_in(protected: Protected, policy: str) -> None:
    answer = protected.read(protected.signed_by_policy("/private/a.txt", policy))
    assert answer.status == 403
    assert b"<Code>MalformedPolicy</Code>" in answer.body


def test_paths_are_signed_as_they_are_sent(protected: Protected) -> None:
    path = "/private/%C3%B1%20%2B~%26%27%281%29.txt"
    answer = protected.read(protected.signed(path))
    assert (answer.status, answer.body.decode()) == (200, "private/ñ +~&'(1).txt")


def test_the_signature_is_no_part_of_the_cache_key_and_is_not_logged(
    protected: Protected,
) -> None:
    protected.edge.put("private/once.txt", b"1")
    first = protected.read(protected.signed("/private/once.txt"))
    other = protected.signed("/private/once.txt", until=in_an_hour() + timedelta(minutes=1))
    second = protected.read(other)
    assert first.header("x-cache") == "Miss from cloudfront"
    assert second.header("x-cache") == "Hit from cloudfront"
    # Being in the cache opens nothing to those without a signature.
    assert protected.read("/private/once.txt").status == 403
    logs = [path.read_text() for path in protected.edge.aws.logs.glob("distribution-*.log")]
    assert not any("Signature" in text for text in logs)


def test_a_key_ends_with_the_group_that_it_leaves(aws: LocalAws, name: str) -> None:
    keys = ("First", "Second")
    edge = deploy_edge(aws, name, default=signed_behaviour(), more=key_resources(*keys))
    edge.put("a", b"1")
    protected = Protected(edge)
    links = [protected.signed("/a", key=key) for key in keys]
    assert [protected.read(link).status for link in links] == [200, 200]
    trusted = key_resources(*keys, trusted=("Second",))
    deploy_edge(aws, name, default=signed_behaviour(), more=trusted)
    assert [protected.read(link).status for link in links] == [403, 200]


def test_a_public_key_is_final(aws: LocalAws, name: str) -> None:
    more = key_resources("First")
    edge = deploy_edge(aws, name, default=signed_behaviour(), more=more)
    config = more["First"]["Properties"]["PublicKeyConfig"]
    config["EncodedKey"] = key_resources("Other")["Other"]["Properties"]["PublicKeyConfig"][
        "EncodedKey"
    ]
    with pytest.raises(AssertionError, match=r"FAILED|ROLLBACK"):
        deploy_edge(aws, name, default=signed_behaviour(), more=more)
    edge.put("a", b"1")
    assert Protected(edge).read(Protected(edge).signed("/a")).status == 200


def test_an_unsigned_behaviour_sees_such_parameters_as_any_others(aws: LocalAws, name: str) -> None:
    edge = deploy_edge(aws, name, default=behaviour())
    edge.put("a", json.dumps({}).encode())
    assert edge.client.call("GET", "/a?Expires=1&Signature=x").status == 200
