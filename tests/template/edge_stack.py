"""A small service with the edge of resources/edge.yml, and stand-ins for what that refers to."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commands.edge_keys import EdgeKeys, Names
from local.deploy import deploy, package

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws import LocalAws

ROOT: Final = Path(__file__).parents[2]
STAGE: Final = "local"
PARAMETERS: Final = {
    "edgeDomain": "",
    "certificateArn": "",
    "webAclArn": "",
    "edgeLogs": "false",
    "edgePriceClass": "PriceClass_100",
    "edgeScheme": "http",
    "authorizedParties": "https://app.example.com,https://www.example.com",
    "logRetentionDays": "30",
}
SERVICE: Final = """
service: transcription
provider: {name: aws, runtime: python3.11, region: us-east-1, stage: local}
params: {default: "${file(parameters.json)}"}
package: {patterns: ["!**", index.py]}
functions:
  show:
    handler: index.show
    events: [{httpApi: "*"}]
resources:
  - ${file(edge.yml)}
  - ${file(buckets.yml)}
"""
FUNCTION: Final = """
def show(event, context):
    return {"statusCode": 200, "headers": {"x-seen": event["headers"].get("x-origin-secret", "")}}
"""


@dataclass(frozen=True)
class EdgeStack:
    """The service's project, packaged and deployed as often as a test asks.

    Attributes:
        aws: where it is deployed.
        project: its folder.
    """

    aws: LocalAws
    project: Path

    @classmethod
    def make(cls, aws: LocalAws, project: Path) -> EdgeStack:
        """Write the project's files."""
        (project / "node_modules").symlink_to(ROOT / "node_modules")
        (project / "package.json").write_text("{}")
        (project / "serverless.yml").write_text(SERVICE)
        # As a file: the command takes no empty value.
        (project / "parameters.json").write_text(json.dumps(PARAMETERS))
        (project / "index.py").write_text(FUNCTION)
        (project / "buckets.yml").write_text(json.dumps(buckets()))
        shutil.copy(ROOT / "resources" / "edge.yml", project)
        return cls(aws, project)

    def keys(self) -> EdgeKeys:
        client = self.aws.client
        return EdgeKeys(
            client("secretsmanager"), client("ssm"), client("cloudfront"), Names.of(STAGE)
        )

    def package(self, folder: str, **parameters: str) -> dict[str, Any]:
        """Return the compiled template."""
        destination = self.project / folder
        package(
            self.aws,
            project=self.project,
            stage=STAGE,
            parameters=parameters,
            destination=destination,
            log=self.project / "log",
        )
        template: dict[str, Any] = json.loads(
            (destination / "cloudformation-template-update-stack.json").read_text()
        )
        return template

    def deploy(self, folder: str) -> Mapping[str, str]:
        """Deploy what was packaged, and return the outputs."""
        return deploy(
            self.aws,
            project=self.project,
            stage=STAGE,
            parameters={},
            packaged=self.project / folder,
            log=self.project / "log",
        )

    def update(self) -> None:
        """Let CloudFormation read anew what the deployed template names."""
        self.aws.client("cloudformation").update_stack(
            StackName=f"transcription-{STAGE}",
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )


def buckets() -> dict[str, Any]:
    """The two buckets of resources/storage.yml, with the statement that lets the edge read."""
    resources: dict[str, Any] = {}
    for name in ("Transcripts", "Audio"):
        arn = {"Fn::GetAtt": [f"{name}Bucket", "Arn"]}
        source = "arn:aws:cloudfront::${AWS::AccountId}:distribution/${EdgeDistribution}"
        resources[f"{name}Bucket"] = {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": f"edge-{name.lower()}"},
        }
        resources[f"{name}BucketPolicy"] = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": f"{name}Bucket"},
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "ReadByEdge",
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudfront.amazonaws.com"},
                            "Action": "s3:GetObject",
                            "Resource": {"Fn::Join": ["", [arn, "/*"]]},
                            "Condition": {"StringEquals": {"aws:SourceArn": {"Fn::Sub": source}}},
                        }
                    ],
                },
            },
        }
    return {"Resources": resources}
