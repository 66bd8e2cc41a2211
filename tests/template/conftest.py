"""The compiled templates: what CloudFormation would be given for each stage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.package import package
from tests.template.template import Template

STAGES = ("dev", "prod")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests on one core: packaging costs more than all of them."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("template"))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {stage: package(stage, tmp_path_factory.mktemp(stage)) for stage in STAGES}


@pytest.fixture(scope="session", params=STAGES)
def template(request: pytest.FixtureRequest, templates: dict[str, Path]) -> Template:
    return Template(json.loads(templates[request.param].read_text("utf-8")))


@pytest.fixture(scope="session")
def prod(templates: dict[str, Path]) -> Template:
    return Template(json.loads(templates["prod"].read_text("utf-8")))
