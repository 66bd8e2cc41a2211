"""docs/security.md says what the compiled template says, and names only what is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from commands import roles_page
from tests.template.granted import ROOT

if TYPE_CHECKING:
    from tests.template.template import Template


def test_its_table_of_roles_is_the_templates(prod: Template) -> None:
    page = roles_page.PAGE.read_text("utf-8")
    written = roles_page.with_table(page, roles_page.table(prod.document))
    assert page == written, "run .venv/bin/python -m commands.roles_page"


def test_every_test_that_it_names_is_there() -> None:
    page = roles_page.PAGE.read_text("utf-8")
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", page))
    assert named
    for path in named:
        assert (ROOT / path).exists(), path


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        roles_page.with_table("# Security\n", "| |")
