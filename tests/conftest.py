"""What all tests share: no AWS account is in reach, and what is costly is made once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from commands.package import package

# Set before any module can make a client, and seen by every process that a test starts.
os.environ.update(
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_EC2_METADATA_DISABLED="true",
)
os.environ.pop("AWS_PROFILE", None)

STAGES: Final = ("dev", "prod")

ONE_PROCESS: Final = {"template": "packaged", "workflow": "packaged", "local": "local"}
"""Folders whose tests share what costs more than all of them, and so a process of pytest-xdist."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a compiled template or a local AWS."""
    for item in items:
        if group := ONE_PROCESS.get(item.path.relative_to(Path(__file__).parent).parts[0]):
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The template that CloudFormation would be given for each stage, compiled."""
    return {stage: package(stage, tmp_path_factory.mktemp(stage)) for stage in STAGES}
