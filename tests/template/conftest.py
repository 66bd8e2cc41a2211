"""The compiled templates: what CloudFormation would be given for each stage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import STAGES
from tests.template.template import Template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session", params=STAGES)
def template(request: pytest.FixtureRequest, templates: dict[str, Path]) -> Template:
    return Template(json.loads(templates[request.param].read_text("utf-8")))


@pytest.fixture(scope="session")
def prod(templates: dict[str, Path]) -> Template:
    return Template(json.loads(templates["prod"].read_text("utf-8")))


@pytest.fixture(scope="session")
def dev(templates: dict[str, Path]) -> Template:
    return Template(json.loads(templates["dev"].read_text("utf-8")))
