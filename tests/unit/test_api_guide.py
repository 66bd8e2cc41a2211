"""docs/api.md keeps up with the API: its codes and its paths are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

from functions.api.handler import OPERATIONS
from functions.api.problems import Code

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def test_its_table_has_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| \S", GUIDE, re.MULTILINE)
    assert [(code, int(status)) for code, status in rows] == [
        (code.code, code.status) for code in Code
    ]


def test_it_names_no_path_that_there_is_not() -> None:
    named = re.findall(r"`(?:GET|POST|DELETE) (/[\w/{}.]+)`", GUIDE)
    assert named
    assert set(named) <= {operation.path for operation in OPERATIONS}


def test_it_calls_or_names_the_last_word_of_every_path() -> None:
    for operation in OPERATIONS:
        (word,) = re.findall(r"/([\w.]+)(?:/\{job_id\})?$", operation.path)
        assert re.search(rf"[/`]{re.escape(word)}\b", GUIDE), operation.path
