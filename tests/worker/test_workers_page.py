"""The page for operators names tests and log lines that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/workers.md").read_text("utf-8")


def text_of(folder: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in (ROOT / folder).rglob("*.py"))


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    written = set(re.findall(r"^def (test_\w+)\(", text_of("tests/worker"), re.MULTILINE))
    assert named
    assert named <= written


def test_every_line_of_the_log_that_the_page_explains_is_written() -> None:
    _, table = PAGE.split("| `message` |")
    explained = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    source = text_of("worker-image/worker")
    assert explained
    assert [line for line in explained if f'"{line}"' not in source] == []
