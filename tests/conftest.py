"""What all tests share: no AWS account and no network is in reach, what is costly is made once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import boto3
import hypothesis
import pytest
from moto.core.config import default_user_config
from worker.__main__ import OFFLINE
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # has no types

from commands.package import package
from models.unpack import unpack_fixture
from tests.support.aws_clients import ClientsMadeOnce

if TYPE_CHECKING:
    from pathlib import Path

    from xdist.remote import Producer  # type: ignore[import-untyped]  # as above

# Set before any module can make a client or import WhisperX, whose libraries read theirs once
# and for the whole process; seen by every process that a test starts.
os.environ.update(
    OFFLINE,
    NLTK_DATA=str(unpack_fixture().nltk_data),
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_EC2_METADATA_DISABLED="true",
)
os.environ.pop("AWS_PROFILE", None)

default_user_config["core"]["reset_boto3_session"] = False  # see `ClientsMadeOnce`

# How long an example takes says something of the machine, and nothing of what is tested.
hypothesis.settings.register_profile("without a clock", deadline=None)
hypothesis.settings.load_profile("without a clock")

STAGES: Final = ("dev", "prod")

ONE_PROCESS: Final = {
    "template": "packaged",
    "workflow": "packaged",
    "local": "local",
    "e2e": "deployed",
    "worker": "whisperx",
}
"""Folders whose tests share what costs more than all of them, and so a process of pytest-xdist."""


OWN_PLATFORM: Final = frozenset(
    f"tests/e2e/test_{name}.py" for name in ("chaos", "command", "start", "task_dispatch")
)
"""Files that share nothing with their folder: each brings up what it needs, and mostly waits."""


class _FoldersTogether(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Hands out whole folders and files as named above, and all other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in OWN_PLATFORM:
            return file
        return ONE_PROCESS.get(file.split("/")[1], nodeid)


# Instead of marks: pytest-xdist 3.8 reads none with pytest 9.2, and does not say so.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Keep together what shares a compiled template or a local AWS."""
    return _FoldersTogether(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The template that CloudFormation would be given for each stage, compiled."""
    return {stage: package(stage, tmp_path_factory.mktemp(stage)) for stage in STAGES}


@pytest.fixture(scope="session")
def aws_clients() -> ClientsMadeOnce:
    """The clients of all tests of this process."""
    return ClientsMadeOnce()


@pytest.fixture(autouse=True)
def _aws_clients_are_made_once(
    aws_clients: ClientsMadeOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", aws_clients)
