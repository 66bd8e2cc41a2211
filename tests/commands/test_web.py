"""The page's files, as the edge serves them: whole, typed, and of one host."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from commands import deploy, web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

BUCKET = "web"
FILES = {file.address: file for file in web.files()}
PAGES = [file for file in FILES.values() if file.content_type.startswith("text/html")]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address)


class Elements(HTMLParser):
    """The elements of a page: each one's name, its attributes, and the text inside."""

    def __init__(self, page: web.WebFile) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.all and self.all[-1][0] in {"script", "style"}:
            self.texts.append(data.strip())

    def addresses(self) -> Iterator[str]:
        for _, attributes in self.all:
            yield from filter(None, (attributes.get("src"), attributes.get("href")))


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client: S3Client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def test_the_apis_page_stands_at_the_address_that_people_type() -> None:
    assert [page.address for page in PAGES] == ["docs"]


@each_page
def test_what_a_page_loads_is_published(page: web.WebFile) -> None:
    addresses = list(Elements(page).addresses())
    assert addresses
    assert {address.removeprefix("/") for address in addresses} <= set(FILES)


@each_page
def test_a_page_allows_no_script_but_files_of_its_own_host(page: web.WebFile) -> None:
    (policy,) = (
        attributes["content"] or ""
        for _, attributes in Elements(page).all
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = {name: values for name, *values in map(str.split, policy.split(";"))}
    assert allowed["default-src"] == ["'none'"]
    assert allowed["script-src"] == allowed["connect-src"] == ["'self'"]
    assert {"'self'", "'none'", "data:", "'unsafe-inline'"} >= {
        value for values in allowed.values() for value in values
    }


@each_page
def test_a_page_holds_no_script_or_style_itself(page: web.WebFile) -> None:
    elements = Elements(page)
    assert not any(elements.texts)
    assert not any(
        name.startswith("on") or name == "style"
        for _, attributes in elements.all
        for name in attributes
    )


@each_page
def test_a_page_says_everything_in_both_languages(page: web.WebFile) -> None:
    said = {
        language: [
            tag
            for tag, attributes in Elements(page).all
            if (attributes.get("class"), attributes.get("lang")) == ("said", language)
        ]
        for language in ("en", "es")
    }
    assert said["en"]
    assert said["en"] == said["es"]


def test_only_files_whose_address_names_their_version_are_kept_for_ever() -> None:
    kept = {file.address for file in FILES.values() if file.cache_control == web.NEVER_CHANGES}
    assert kept
    assert all(re.match(r"docs/swagger-ui-\d+\.\d+\.\d+/", address) for address in kept)


def test_what_is_published_keeps_its_type_and_its_age(s3: S3Client) -> None:
    web.publish(s3, BUCKET)
    stored = {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert stored == set(FILES)
    for file in FILES.values():
        found = s3.get_object(Bucket=BUCKET, Key=file.address)
        assert found["Body"].read() == file.body
        assert found["ContentType"] == file.content_type
        assert found["CacheControl"] == file.cache_control


def test_a_page_is_published_after_what_it_loads() -> None:
    assert next(reversed(FILES)) == "docs"


@pytest.mark.parametrize(
    ("arguments", "stage", "region", "profile"),
    [
        ([], "dev", "us-east-1", None),
        (["--stage", "prod", "--param=workerImage=x"], "prod", "us-east-1", None),
        (["-s", "prod", "-r", "eu-west-1", "--verbose"], "prod", "eu-west-1", None),
        (["--stage=prod", "--aws-profile", "team"], "prod", "us-east-1", "team"),
    ],
)
def test_a_deployment_publishes_where_the_framework_deployed(
    arguments: list[str], stage: str, region: str, profile: str | None
) -> None:
    place = deploy._place(arguments)
    assert (place.stage, place.region, place.aws_profile) == (stage, region, profile)
