"""The edge as it is deployed: who reads what through it, for how long, with which headers."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scribe import keys
from scribe.adapters.origin_secret import HEADER
from scribe.adapters.signed_links import SignedLinks, SigningKeys

from commands.edge_keys import LINKS_LIVE, Names
from local.aws import LocalAws
from local.edge_results import hit_ratio
from tests.local.http_apis import Client
from tests.template.edge_stack import STAGE, EdgeStack
from tests.template.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.local.http_apis import Answer

DAY = 86_400
OWNER, JOB = "user_2abc", "01JD8Q4Z7X9V6T5S4R3Q2P1N0M"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
FIREWALL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/w/1"
OWN_DOMAIN = {
    "edgeDomain": "transcripts.example.com",
    "certificateArn": CERTIFICATE,
    "webAclArn": FIREWALL,
    "edgeLogs": "true",
    "edgeScheme": "https",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeStack]:
    state = tmp_path_factory.mktemp("aws")
    with LocalAws(state, container_path=Path(sys.executable).parent) as aws:
        yield EdgeStack.make(aws, tmp_path_factory.mktemp("edge"))


@pytest.fixture(scope="module")
def plain(stack: EdgeStack) -> Template:
    """The edge at CloudFront's own domain."""
    return Template(stack.package("plain"))


@pytest.fixture(scope="module")
def own(stack: EdgeStack) -> Template:
    """The edge at a domain of the deployer's."""
    return Template(stack.package("own", **OWN_DOMAIN))


class Reader:
    """Whoever has links, and the stage's owner who makes them."""

    def __init__(self, stack: EdgeStack, outputs: Mapping[str, str]) -> None:
        self.stack, self.outputs = stack, outputs
        self.client = Client(outputs["EdgeUrl"])
        stack.aws.client("s3").put_object(
            Bucket="edge-transcripts", Key=self.transcript(), Body=b"a transcript"
        )
        stack.aws.client("s3").put_object(
            Bucket="edge-audio", Key=f"{OWNER}/{JOB}/audio.mp3", Body=b"0123456789"
        )

    def transcript(self) -> str:
        return keys.transcript(OWNER, JOB, "txt")

    def link(self, key: str) -> str:
        signing = SigningKeys(
            self.stack.aws.client("secretsmanager"),
            Names.of(STAGE).signing_key,
            on_failure=lambda failure: pytest.fail(str(failure)),
        )
        links = SignedLinks(signing, address=self.outputs["EdgeUrl"], lifetime_seconds=DAY)
        return links.to(key).url

    def results(self) -> Mapping[str, Counter[str]]:
        return self.stack.aws.edge_results(self.outputs["EdgeDistributionId"])

    def read(self, url: str, *headers: tuple[str, str]) -> Answer:
        return self.client.call("GET", url.removeprefix(self.outputs["EdgeUrl"]), *headers)


@pytest.fixture(scope="module")
def reader(stack: EdgeStack, plain: Template) -> Reader:
    del plain
    stack.keys().ensure()
    return Reader(stack, stack.deploy("plain"))


def test_a_signed_link_reads_a_transcript_and_the_next_one_hits_the_cache(reader: Reader) -> None:
    first, second = (reader.read(reader.link(reader.transcript())) for _ in range(2))
    assert (first.status, first.body) == (200, b"a transcript")
    assert second.header("x-cache") == "Hit from cloudfront"
    assert second.header("cache-control") == "private, max-age=3600"
    assert second.header("x-frame-options") == "DENY"
    assert second.header("strict-transport-security") == "max-age=63072000; includeSubDomains"
    assert "sandbox" in (second.header("content-security-policy") or "")


def test_a_player_seeks_in_a_recording(reader: Reader) -> None:
    link = reader.link(f"{OWNER}/{JOB}/audio.mp3")
    origin = ("Origin", "https://www.example.com")
    answer = reader.read(link, ("Range", "bytes=4-6"), origin)
    assert (answer.status, answer.body) == (206, b"456")
    assert answer.header("content-range") == "bytes 4-6/10"
    assert answer.header("access-control-allow-origin") == origin[1]


@pytest.mark.parametrize("name", ["talk one.mp3", "charla ñ+~.wav", "es/a&b=c.m4a"])
def test_a_recording_of_the_inbox_is_read_whatever_its_name(reader: Reader, name: str) -> None:
    key = f"inbox/{name}"
    reader.stack.aws.client("s3").put_object(Bucket="edge-audio", Key=key, Body=name.encode())
    answer = reader.read(reader.link(key))
    assert (answer.status, answer.body.decode()) == (200, name)


def _read_by_visitors(reader: Reader, jobs: range) -> Mapping[str, Counter[str]]:
    """How the edge answered people who open the page, and each a transcript of one's own."""
    files = [f"static/{number}.js" for number in range(25)]
    web = reader.outputs["WebBucketName"]
    s3 = reader.stack.aws.client("s3")
    for name in files:
        s3.put_object(Bucket=web, Key=name, Body=b"part of the page")
    before = reader.results()
    for job in jobs:
        key = keys.transcript(OWNER, f"{JOB[:-2]}{job:02}", "json")
        s3.put_object(Bucket="edge-transcripts", Key=key, Body=b"{}")
        for name in files:
            assert reader.client.call("GET", f"/{name}").status == 200
        assert reader.read(reader.link(key)).status == 200
    return {
        pattern: results - before.get(pattern, Counter())
        for pattern, results in reader.results().items()
    }


def test_transcripts_alone_miss_the_cache_and_together_with_the_page_they_hit_it(
    reader: Reader,
) -> None:
    _read_by_visitors(reader, range(10, 11))
    results = _read_by_visitors(reader, range(11, 15))
    assert hit_ratio(results["/*/*/transcript.json"]) == 0
    assert hit_ratio(sum(results.values(), Counter())) == 25 / 26


def test_nothing_of_a_user_is_read_without_a_signature(reader: Reader) -> None:
    paths = [keys.transcript(OWNER, JOB, fmt) for fmt in keys.TRANSCRIPT_FORMATS]
    paths += [f"{OWNER}/{JOB}/peaks.json", f"{OWNER}/{JOB}/audio.mp3", "inbox/a.mp3"]
    for path in paths:
        answer = reader.client.call("GET", f"/{path}")
        assert (answer.status, b"MissingKey" in answer.body) == (403, True), path


def test_the_api_sees_the_secret_whatever_the_viewer_sends(reader: Reader) -> None:
    aws = reader.stack.aws.client("secretsmanager")
    stored = aws.get_secret_value(SecretId=Names.of(STAGE).origin_secret)["SecretString"]
    for path in ("/jobs", "/jobs/1/transcript?format=txt", "/me", "/openapi.json"):
        answer = reader.client.call("POST", path, (HEADER, "a guess"))
        seen = answer.header("x-seen") or ""
        assert len(seen) >= 32, path
        assert f'"current": "{seen}"' in stored


def test_the_page_needs_no_signature(reader: Reader) -> None:
    s3 = reader.stack.aws.client("s3")
    s3.put_object(Bucket=reader.outputs["WebBucketName"], Key="index.html", Body=b"the page")
    answer = reader.client.call("GET", "/")
    assert (answer.status, answer.body) == (200, b"the page")
    assert answer.header("x-frame-options") == "DENY"
    assert reader.client.call("GET", "/none").status == 404


def test_what_one_may_not_find_the_next_may(reader: Reader) -> None:
    assert reader.client.call("GET", "/later.txt").status == 404
    s3 = reader.stack.aws.client("s3")
    s3.put_object(Bucket=reader.outputs["WebBucketName"], Key="later.txt", Body=b"here")
    assert reader.client.call("GET", "/later.txt").status == 200


def test_links_live_through_a_rotation_and_end_with_the_retired_key(reader: Reader) -> None:
    stack = reader.stack
    before = reader.link(reader.transcript())
    secret = reader.client.call("GET", "/me").header("x-seen")
    stack.keys().rotate()
    stack.update()
    stack.keys().rotate()
    during = reader.link(reader.transcript())
    assert during.rpartition("=")[2] != before.rpartition("=")[2]
    assert [reader.read(link).status for link in (before, during)] == [200, 200]
    assert reader.client.call("GET", "/me").header("x-seen") != secret
    stack.keys().retire(at_once=True)
    stack.update()
    assert [reader.read(link).status for link in (before, during)] == [403, 200]


@pytest.mark.parametrize("variant", ["plain", "own"])
def test_cfn_lint_finds_nothing(
    stack: EdgeStack, variant: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(variant)
    path = stack.project / variant / "cloudformation-template-update-stack.json"
    # The framework writes needless dependencies.
    ignored = ["--ignore-checks", "W3005"]
    found = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            "--regions",
            "us-east-1",
            *ignored,
            "--",
            path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.stdout, found.returncode) == ("", 0)


def _config(template: Template) -> dict[str, Any]:
    config: dict[str, Any] = template.properties("EdgeDistribution")["DistributionConfig"]
    return config


def test_nothing_stays_at_the_edge_longer_than_a_link_lives(own: Template) -> None:
    policies = own.of_type("AWS::CloudFront::CachePolicy").values()
    ttls = [policy["CachePolicyConfig"]["MaxTTL"] for policy in policies]
    assert len(ttls) == 2
    assert max(ttls) <= DAY <= LINKS_LIVE.total_seconds()
    assert all(policy["CachePolicyConfig"]["MinTTL"] == 0 for policy in policies)


def test_no_error_is_kept_because_the_api_answers_each_user_for_himself(own: Template) -> None:
    rules = _config(own)["CustomErrorResponses"]
    assert {rule["ErrorCachingMinTTL"] for rule in rules} == {0}
    assert {403, 404, 500, 502, 503, 504} <= {rule["ErrorCode"] for rule in rules}


def test_every_behaviour_but_the_pages_and_the_apis_requires_a_signature(own: Template) -> None:
    config = _config(own)
    signed = {b["TargetOriginId"] for b in config["CacheBehaviors"] if b.get("TrustedKeyGroups")}
    unsigned = {
        behaviour["TargetOriginId"]
        for behaviour in (*config["CacheBehaviors"], config["DefaultCacheBehavior"])
        if not behaviour.get("TrustedKeyGroups")
    }
    assert (signed, unsigned) == ({"transcripts", "audio"}, {"web", "api"})


def test_a_domain_of_ones_own_takes_a_certificate_a_firewall_and_modern_tls(own: Template) -> None:
    config, given = _config(own), own.document["Parameters"]
    assert config["HttpVersion"] == "http2and3"
    assert config["Aliases"]["Fn::If"][1] == [{"Ref": "EdgeDomain"}]
    assert config["WebACLId"]["Fn::If"][1] == {"Ref": "EdgeWebAclArn"}
    certificate = config["ViewerCertificate"]["Fn::If"][1]
    assert certificate["AcmCertificateArn"] == {"Ref": "EdgeCertificateArn"}
    names = ("EdgeDomain", "EdgeWebAclArn", "EdgeCertificateArn")
    values = [given[name]["Default"] for name in names]
    assert values == ["transcripts.example.com", FIREWALL, CERTIFICATE]
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    behaviours = (*config["CacheBehaviors"], config["DefaultCacheBehavior"])
    assert {b["ViewerProtocolPolicy"] for b in behaviours} == {"https-only", "redirect-to-https"}


def test_the_origins_secret_is_read_by_its_version_and_stands_in_no_template(
    own: Template,
) -> None:
    (api,) = (origin for origin in _config(own)["Origins"] if origin["Id"] == "api")
    (header,) = api["OriginCustomHeaders"]
    assert header["HeaderName"] == HEADER
    name = Names.of(STAGE).origin_secret
    assert header["HeaderValue"]["Fn::Sub"] == (
        f"{{{{resolve:secretsmanager:{name}:SecretString:current::${{OriginSecretVersion}}}}}}"
    )


def test_the_template_reads_what_the_command_writes(own: Template) -> None:
    parameters = own.document["Parameters"]
    names = Names.of(STAGE)
    assert parameters["EdgePublicKeyIds"]["Default"] == names.public_key_ids
    assert parameters["OriginSecretVersion"]["Default"] == names.origin_secret_version
