"""The pages name scripts, files and headings that there are, and every script."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "samples" / "README.md"])
SCRIPTS = set(json.loads((ROOT / "package.json").read_text("utf-8"))["scripts"])

_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def _text(page: Path) -> str:
    return page.read_text("utf-8")


def _anchors(page: Path) -> set[str]:
    """What GitHub calls a page's headings."""
    titles = re.findall(r"^#+ (.+)$", _FENCED.sub("", _text(page)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


def _commands(text: str) -> list[str]:
    """The scripts that a text runs, by their names in package.json."""
    named = re.findall(r"npm (start|test|run ([\w-]+))", text)
    return [script or command for command, script in named]


def test_the_table_of_commands_has_a_line_for_each_script() -> None:
    rows = re.findall(
        r"^\| `(npm [^`]+)` \| \S.+ \|$", _text(ROOT / "CONTRIBUTING.md"), re.MULTILINE
    )
    assert sorted(name for row in rows for name in _commands(row)) == sorted(SCRIPTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_runs_only_scripts_that_there_are(page: Path) -> None:
    assert set(_commands(_text(page))) <= SCRIPTS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_only_to_what_there_is(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)", _FENCED.sub("", _text(page)))
    for path, anchor in links:
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor in _anchors(target), f"{path}#{anchor}"


def test_the_list_of_guides_names_each_of_them() -> None:
    index = ROOT / "docs" / "README.md"
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", _text(index)))
    assert named == {page.name for page in index.parent.glob("*.md")} - {index.name}
