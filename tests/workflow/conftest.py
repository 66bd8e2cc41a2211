"""The compiled state machines of both dispatch modes, deployed to one local AWS of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from commands.image import names as image
from local.aws import LocalAws
from tests.local.conftest import deploy
from tests.workflow import stage
from tests.workflow.fleet import Fleet
from tests.workflow.parts import Parts
from tests.workflow.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflow.script import Script

TIME_FACTOR: Final = 0.0001
"""The longest retry, after 125 minutes, comes in less than a second."""

STAGES: Final = {"fleet": "prod", "task": "dev"}
CONTAINER: Final = Path(__file__).parent / "stand_ins" / "container.py"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which containers find their programs first."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Iterator[LocalAws]:
    folder = tmp_path_factory.mktemp("aws")
    with LocalAws(folder, time_factor=TIME_FACTOR, container_path=programs) as running:
        running.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        yield running


@pytest.fixture(scope="session")
def workflows(
    aws: LocalAws, programs: Path, templates: dict[str, Path]
) -> Iterator[dict[str, Workflow]]:
    """The workflow of each dispatch mode, each that of the stage whose mode it is."""
    scripts: dict[str, Script] = {}
    with Parts(scripts, aws.client("s3")).serve() as address:
        # The task definition's own command is `python -m worker`.
        python = programs / "python"
        python.write_text(f"#!/bin/sh\nexec {sys.executable} -I -S {CONTAINER} {address}\n")
        python.chmod(0o755)
        made = {}
        for dispatch, name in STAGES.items():
            compiled = json.loads(templates[name].read_text("utf-8"))
            made[dispatch] = Workflow(aws, _deployed(aws, name, compiled, address), scripts)
        queues = [made["fleet"].outputs[queue] for queue in ("DetectQueue", "ChunksQueue")]
        with Fleet(scripts, aws).serve(queues):
            yield made


def _deployed(aws: LocalAws, name: str, compiled: dict[str, Any], address: str) -> dict[str, str]:
    outputs = {logical_id: {"Ref": logical_id} for logical_id in stage.OUTPUTS}
    # As `npm run image` does; the local ECS starts the container's command as a process.
    aws.client("ssm").put_parameter(Name=image.parameter(name), Value="worker", Type="String")
    chosen = stage.template(compiled, name, address)
    resources = chosen.pop("Resources")
    return deploy(aws, f"workflow-{name}", resources, outputs, other_sections=chosen)


@pytest.fixture(scope="session")
def fleet(workflows: dict[str, Workflow]) -> Workflow:
    """Chunks go to a fleet of workers."""
    return workflows["fleet"]


@pytest.fixture(scope="session")
def tasks(workflows: dict[str, Workflow]) -> Workflow:
    """Each chunk is an ECS task of its own."""
    return workflows["task"]


@pytest.fixture(scope="session", params=STAGES)
def workflow(request: pytest.FixtureRequest, workflows: dict[str, Workflow]) -> Workflow:
    return workflows[request.param]
