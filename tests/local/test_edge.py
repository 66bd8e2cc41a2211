"""CloudFront: which behaviour answers, what is kept for how long, and what viewers see of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.local.conftest import deploy
from tests.local.edges import (
    Edge,
    behaviour,
    bucket_origin,
    bucket_resources,
    deploy_edge,
    resource,
)
from tests.local.http_apis import Client

if TYPE_CHECKING:
    from local.aws import LocalAws

HIT, MISS = "Hit from cloudfront", "Miss from cloudfront"


@pytest.fixture(scope="module")
def edge(aws: LocalAws) -> Edge:
    return deploy_edge(aws, f"t-{uuid.uuid4().hex[:10]}", DefaultRootObject="index.html")


def test_an_object_is_fetched_once_and_then_kept(edge: Edge) -> None:
    edge.put("kept.txt", b"first", ContentType="text/plain", ContentDisposition="inline")
    miss = edge.client.call("GET", "/kept.txt")
    edge.put("kept.txt", b"second")
    hit = edge.client.call("GET", "/kept.txt")
    assert (miss.body, miss.header("x-cache"), miss.header("age")) == (b"first", MISS, None)
    assert (hit.body, hit.header("x-cache")) == (b"first", HIT)
    assert int(hit.header("age") or "") >= 0
    for answer in (miss, hit):
        assert answer.header("content-type") == "text/plain"
        assert answer.header("content-disposition") == "inline"
        assert answer.header("content-length") == "5"


def test_head_and_get_share_what_is_kept(edge: Edge) -> None:
    edge.put("head.txt", b"four")
    head = edge.client.call("HEAD", "/head.txt")
    assert (head.body, head.header("content-length")) == (b"", "4")
    assert edge.client.call("GET", "/head.txt").header("x-cache") == HIT


def test_query_and_headers_that_the_policy_does_not_name_share_one_answer(edge: Edge) -> None:
    edge.put("shared.txt", b"1")
    edge.client.call("GET", "/shared.txt?a=1", ("User-Agent", "one"))
    answer = edge.client.call("GET", "/shared.txt?a=2", ("Accept-Encoding", "gzip"))
    assert answer.header("x-cache") == HIT


@pytest.mark.parametrize(
    ("wanted", "body", "told"),
    [
        ("bytes=0-2", b"012", "bytes 0-2/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-100", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_part_is_fetched_as_a_part_and_cut_from_what_is_kept_whole(
    edge: Edge, wanted: str, body: bytes, told: str
) -> None:
    key = f"part-{uuid.uuid4().hex}"
    edge.put(key, b"0123456789")
    asked = ("Range", wanted)
    for expected in (MISS, HIT):
        answer = edge.client.call("GET", f"/{key}", asked)
        assert (answer.status, answer.body) == (206, body)
        assert answer.header("content-range") == told
        assert answer.header("x-cache") == expected
    assert edge.client.call("GET", f"/{key}").header("x-cache") == MISS
    answer = edge.client.call("GET", f"/{key}", asked)
    assert (answer.status, answer.body, answer.header("x-cache")) == (206, body, HIT)
    assert answer.header("content-range") == told


def test_a_part_beyond_the_end_is_not_satisfiable(edge: Edge) -> None:
    edge.put("short", b"0123456789")
    beyond = ("Range", "bytes=10-")
    assert edge.client.call("GET", "/short", beyond).status == 416
    edge.client.call("GET", "/short")
    answer = edge.client.call("GET", "/short", beyond)
    assert (answer.status, answer.header("content-range")) == (416, "bytes */10")


def test_a_part_of_an_older_version_is_not_mixed_with_this_one(edge: Edge) -> None:
    edge.put("versions", b"0123456789")
    etag = edge.client.call("GET", "/versions").header("etag") or ""
    part, whole = (
        edge.client.call("GET", "/versions", ("Range", "bytes=0-1"), ("If-Range", tag))
        for tag in (etag, '"another"')
    )
    assert (part.status, part.body) == (206, b"01")
    assert (whole.status, whole.body) == (200, b"0123456789")


def test_what_a_viewer_has_already_is_not_sent_again(edge: Edge) -> None:
    edge.put("known", b"0123456789")
    first = edge.client.call("GET", "/known")
    etag, modified = first.header("etag") or "", first.header("last-modified") or ""
    for condition in (("If-None-Match", etag), ("If-Modified-Since", modified)):
        answer = edge.client.call("GET", "/known", condition)
        assert (answer.status, answer.body, answer.header("etag")) == (304, b"", etag)
    assert edge.client.call("GET", "/known", ("If-None-Match", '"other"')).status == 200


def test_conditions_reach_the_origin_of_what_is_not_kept(edge: Edge) -> None:
    edge.put("fresh", b"1")
    etag = edge.aws.client("s3").head_object(Bucket=edge.bucket, Key="fresh")["ETag"]
    answer = edge.client.call("GET", "/fresh", ("If-None-Match", etag))
    assert (answer.status, answer.header("x-cache")) == (304, MISS)


def test_an_invalidation_takes_out_what_it_names(edge: Edge) -> None:
    keys = ["inv/a/1", "inv/a/2", "inv/b", "inv/b2"]
    for key in keys:
        edge.put(key, b"old")
        edge.client.call("GET", f"/{key}")
        edge.put(key, b"new")
    edge.aws.client("cloudfront").create_invalidation(
        DistributionId=edge.outputs["Id"],
        InvalidationBatch={
            "Paths": {"Quantity": 2, "Items": ["/inv/a/*", "/inv/b"]},
            "CallerReference": "one",
        },
    )
    bodies = [edge.client.call("GET", f"/{key}").body for key in keys]
    assert bodies == [b"new", b"new", b"new", b"old"]


def test_parts_are_invalidated_with_their_object(edge: Edge) -> None:
    edge.put("inv/part", b"old")
    edge.client.call("GET", "/inv/part", ("Range", "bytes=0-0"))
    edge.put("inv/part", b"new")
    edge.aws.client("cloudfront").create_invalidation(
        DistributionId=edge.outputs["Id"],
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/inv/part"]},
            "CallerReference": "two",
        },
    )
    assert edge.client.call("GET", "/inv/part", ("Range", "bytes=0-0")).body == b"n"


def test_the_root_is_an_object_of_its_own(edge: Edge) -> None:
    edge.put("index.html", b"the page")
    assert edge.client.call("GET", "/").body == b"the page"
    assert edge.client.call("GET", "/folder/").status == 404


def test_a_method_that_the_behaviour_does_not_take_is_refused(edge: Edge) -> None:
    for method in ("POST", "DELETE", "OPTIONS"):
        answer = edge.client.call(method, "/kept.txt")
        assert answer.status == 403
        assert b"not configured to allow the HTTP request method" in answer.body


def test_s3_tells_that_an_object_is_missing_only_to_those_who_may_list(
    edge: Edge, aws: LocalAws, name: str
) -> None:
    answer = edge.client.call("GET", "/none")
    assert (answer.status, answer.header("x-cache")) == (404, "Error from cloudfront")
    assert b"<Code>NoSuchKey</Code>" in answer.body
    other = deploy_edge(aws, name, more=bucket_resources(name, "s3:GetObject"))
    other.put("a", b"1")
    assert other.client.call("GET", "/a").status == 200
    answer = other.client.call("GET", "/none")
    assert answer.status == 403
    assert b"<Code>AccessDenied</Code>" in answer.body


def test_a_bucket_serves_the_distribution_that_its_policy_names_alone(
    edge: Edge, aws: LocalAws, name: str
) -> None:
    edge.put("mine", b"1")
    theirs = bucket_origin(Id="theirs", DomainName=f"{edge.bucket}.s3.us-east-1.amazonaws.com")
    stranger = deploy_edge(aws, name, default=behaviour("theirs"), origins=[theirs])
    answer = stranger.client.call("GET", "/mine")
    assert (answer.status, b"<Code>AccessDenied</Code>" in answer.body) == (403, True)


def test_an_origin_without_access_control_reads_as_anybody(aws: LocalAws, name: str) -> None:
    plain = bucket_origin(Id="plain", OriginAccessControlId="")
    edge = deploy_edge(aws, name, default=behaviour("plain"), origins=[plain])
    edge.put("a", b"1")
    assert edge.client.call("GET", "/a").status == 403


def test_the_first_behaviour_that_covers_the_path_answers(aws: LocalAws, name: str) -> None:
    second = bucket_origin(Id="second", OriginPath="/second")
    third = bucket_origin(Id="third", OriginPath="/third")
    edge = deploy_edge(
        aws,
        name,
        origins=[second, third],
        behaviours=[
            behaviour("second", PathPattern="/a/?.txt"),
            behaviour("third", PathPattern="a/*"),
        ],
    )
    for folder in ("", "second/", "third/"):
        for key in ("a/1.txt", "a/12.txt", "A/1.txt"):
            edge.put(folder + key, folder.encode() or b"default")
    bodies = [edge.client.call("GET", f"/{key}").body for key in ("a/1.txt", "a/12.txt", "A/1.txt")]
    assert bodies == [b"second/", b"third/", b"default"]
    edge.client.call("GET", "/a/1.txt")
    assert edge.results() == {
        "/a/?.txt": {"Miss": 1, "Hit": 1},
        "a/*": {"Miss": 1},
        "*": {"Miss": 1},
    }


def test_a_change_of_the_distribution_or_of_its_policies_holds_at_once(
    aws: LocalAws, name: str
) -> None:
    def policy(value: str) -> dict[str, object]:
        item = {"Header": "x-team", "Value": value, "Override": True}
        config = {"Name": "n", "CustomHeadersConfig": {"Items": [item]}}
        return {"Headers": resource("ResponseHeadersPolicy", ResponseHeadersPolicyConfig=config)}

    default = behaviour(ResponseHeadersPolicyId={"Ref": "Headers"})
    edge = deploy_edge(aws, name, default=default, more=policy("one"))
    edge.put("a", b"1")
    assert edge.client.call("GET", "/a").header("x-team") == "one"
    same = deploy_edge(aws, name, default=default, more=policy("two"))
    assert same.outputs == edge.outputs
    assert edge.client.call("GET", "/a").header("x-team") == "two"
    deploy_edge(aws, name, more=policy("two"))
    assert edge.client.call("GET", "/a").header("x-team") is None


def test_the_api_shows_the_distribution(edge: Edge) -> None:
    shown = edge.aws.client("cloudfront").get_distribution(Id=edge.outputs["Id"])["Distribution"]
    assert shown["Status"] == "Deployed"
    assert f"http://{shown['DomainName']}" == edge.url
    assert shown["DistributionConfig"]["DefaultRootObject"] == "index.html"


@pytest.mark.parametrize(
    "refused",
    [
        {"FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": "arn"}]},
        {"LambdaFunctionAssociations": [{"EventType": "viewer-request"}]},
        {"CachePolicyId": "00000000-0000-0000-0000-000000000000"},
        {"TargetOriginId": "none"},
        {"AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]},
    ],
    ids=lambda refused: next(iter(refused)),
)
def test_what_is_not_made_here_fails_the_stack(
    aws: LocalAws, name: str, refused: dict[str, object]
) -> None:
    with pytest.raises(AssertionError, match=r"FAILED|ROLLBACK"):
        deploy_edge(aws, name, default={**behaviour(), **refused})


def test_a_function_fails_the_stack(aws: LocalAws, name: str) -> None:
    with pytest.raises(AssertionError, match=r"FAILED|ROLLBACK"):
        deploy(aws, name, {"Function": resource("Function", Name=name)})


def test_the_distribution_ends_with_its_stack(aws: LocalAws, name: str) -> None:
    edge = deploy_edge(aws, name)
    aws.client("cloudformation").delete_stack(StackName=name)
    with pytest.raises(ConnectionRefusedError):
        Client(edge.url).call("GET", "/")
