"""Which image workers get: by its digest, and none is deployed without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands.image import names
from local.aws import LocalAws
from local.deploy import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ssm import SSMClient

    from tests.template.template import Template

ROOT = Path(__file__).parents[2]
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{names.REPOSITORY}@sha256:{'0' * 64}"


@pytest.fixture(scope="module")
def account() -> Iterator[LocalAws]:
    with (
        tempfile.TemporaryDirectory() as state,
        LocalAws(Path(state), container_path=Path(sys.executable).parent) as aws,
    ):
        yield aws


def _resolved(account: LocalAws, stage: str) -> subprocess.CompletedProcess[str]:
    """The service as the framework reads it before it packages and deploys."""
    return subprocess.run(
        [ROOT / COMMAND, "print", "--stage", stage, "--format", "json"],
        cwd=ROOT,
        env={**os.environ, **account.environment, "NODE_NO_WARNINGS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_an_image_nothing_is_deployed_and_the_command_is_named(account: LocalAws) -> None:
    ended = _resolved(account, "prod")
    assert ended.returncode != 0
    assert "npm run image -- --stage prod" in ended.stdout + ended.stderr


def test_workers_get_the_image_that_is_stored_for_their_stage(account: LocalAws) -> None:
    ssm: SSMClient = account.client("ssm")
    ssm.put_parameter(Name=names.parameter("dev"), Value=IMAGE, Type="String")
    ended = _resolved(account, "dev")
    assert ended.returncode == 0, ended.stderr
    task = json.loads(ended.stdout)["resources"]["Resources"]["WorkerTaskDefinition"]
    (container,) = task["Properties"]["ContainerDefinitions"]
    assert container["Image"] == IMAGE


def test_the_local_stage_needs_no_image(account: LocalAws) -> None:
    ended = _resolved(account, "local")
    assert ended.returncode == 0, ended.stderr


def test_a_template_packaged_without_the_account_finds_the_image_when_it_is_deployed(
    prod: Template,
) -> None:
    (container,) = prod.properties("WorkerTaskDefinition")["ContainerDefinitions"]
    assert container["Image"] == names.resolved_later("prod")


def test_workers_may_pull_from_the_repository_that_images_are_pushed_to(prod: Template) -> None:
    pulls = [
        statement
        for statement in prod.role_statements("WorkerExecutionRole")
        if "ecr:BatchGetImage" in statement.actions
    ]
    (resource,) = pulls[0].resources
    assert resource["Fn::Sub"].endswith(f":repository/{names.REPOSITORY}")
