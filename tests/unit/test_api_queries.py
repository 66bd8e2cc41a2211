"""Query strings: what a schema accepts reaches the operation, all else is named and refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api import queries
from functions.api.problems import Problem

SCHEMA = "api-jobs-query"

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def read(query: str) -> dict[str, Any]:
    return queries.read({"rawQueryString": query}, SCHEMA)


def test_a_request_may_have_no_parameters() -> None:
    assert read("") == queries.read({}, SCHEMA) == {}


def test_a_number_is_one_where_the_schema_wants_one_and_text_elsewhere() -> None:
    assert read("limit=5&q=5") == {"limit": 5, "q": "5"}


@given(text)
def test_any_text_arrives_as_it_was_sent(sent: str) -> None:
    assert read(urlencode({"q": sent})) == {"q": sent}


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("limit=0", {("/limit", "minimum")}),
        ("limit=101", {("/limit", "maximum")}),
        ("limit=-1", {("/limit", "minimum")}),
        ("limit=abc", {("/limit", "type")}),
        ("limit=", {("/limit", "type")}),
        ("limit", {("/limit", "type")}),
        ("limit=+5", {("/limit", "type")}),
        ("limit=05", {("/limit", "type")}),
        ("limit=5.0", {("/limit", "type")}),
        ("limit=%D9%A5", {("/limit", "type")}),
        ("limit=" + "9" * 5000, {("/limit", "type")}),
        ("status=DELETED", {("/status", "enum")}),
        ("status=failed", {("/status", "enum")}),
        ("q=" + "a" * 201, {("/q", "maxLength")}),
        (
            "colour=red&a%2Fb=1",
            {("/colour", "additionalProperties"), ("/a~1b", "additionalProperties")},
        ),
        ("limit=5&limit=5", {("/limit", "repeated")}),
        ("limit=5&q=1&limit=0&q=2", {("/limit", "repeated"), ("/q", "repeated")}),
        ("status=FAILED,QUEUED", {("/status", "enum")}),
        ("q=%FF", set()),
        ("&".join(f"a{number}=1" for number in range(101)), set()),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_the_schema_does_not_accept_is_refused_by_its_name(
    query: str, faults: set[tuple[str, str]]
) -> None:
    with pytest.raises(Problem) as refused:
        read(query)
    document = refused.value.document()
    assert (document["status"], document["code"]) == (422, "query_invalid")
    assert {(fault["pointer"], fault["code"]) for fault in document.get("errors", ())} == faults
