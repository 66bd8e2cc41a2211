"""The project's own deployment command works against the local AWS, and again after a change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.deploy import DeploymentFailed, deploy, package
from tests.local.conftest import invoke

if TYPE_CHECKING:
    from local.aws import LocalAws

REPOSITORY = Path(__file__).parents[2]
TEMPLATE = """
service: {name}
provider:
  name: aws
  runtime: python3.11
  region: us-east-1
  stage: ${{opt:stage}}
package:
  individually: true
functions:
  greet:
    handler: greeter/index.handler
    package: {{patterns: ["!**", "greeter/**"]}}
    environment: {{GREETING: "${{param:greeting}}"}}
resources:
  Resources:
    Alarm: {{Type: "AWS::CloudWatch::Alarm", Properties: {{MetricName: any}}}}
  Outputs:
    Greeting: {{Value: "${{param:greeting}}"}}
"""

pytestmark = pytest.mark.skipif(
    not (REPOSITORY / "node_modules/.bin/osls").exists(), reason="needs `npm ci`"
)


@pytest.fixture
def project(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / "project"
    (folder / "greeter").mkdir(parents=True)
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (folder / "package.json").write_text("{}")
    (folder / "serverless.yml").write_text(TEMPLATE.format(name=name))
    write_code(folder, "1")
    return folder


def write_code(project: Path, version: str) -> None:
    source = (
        f"import os\ndef handler(event, context):\n    return [os.environ['GREETING'], {version}]"
    )
    (project / "greeter/index.py").write_text(source)


def test_a_project_is_deployed_and_changed_by_its_own_command(
    aws: LocalAws, name: str, project: Path, tmp_path: Path
) -> None:
    def deployed(greeting: str) -> str:
        parameters, log = {"greeting": greeting}, tmp_path / "deploy.log"
        made = tmp_path / greeting
        package(aws, project=project, stage="one", parameters=parameters, destination=made, log=log)
        outputs = deploy(
            aws, project=project, stage="one", parameters=parameters, packaged=made, log=log
        )
        return outputs["Greeting"]

    assert deployed("hello") == "hello"
    assert invoke(aws, f"{name}-one-greet") == ["hello", 1]
    assert "AWS::CloudWatch::Alarm" in aws.unsupported()
    # Two at once would overwrite each other's artefacts there.
    assert not (project / ".serverless").exists()

    write_code(project, "2")
    assert deployed("good day") == "good day"
    assert invoke(aws, f"{name}-one-greet") == ["good day", 2]


def test_a_project_that_cannot_be_packaged_says_why(
    aws: LocalAws, project: Path, tmp_path: Path
) -> None:
    with pytest.raises(DeploymentFailed, match="Cannot resolve variable"):
        package(
            aws,
            project=project,
            stage="one",
            parameters={},
            destination=tmp_path / "package",
            log=tmp_path / "log",
        )
