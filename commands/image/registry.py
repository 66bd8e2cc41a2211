"""The image in ECR: its repository with its rules, and the parameter that a stage reads it from."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from commands.image import names

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ssm import SSMClient

    from commands.image.engines import Engine

KEPT_IMAGES: Final = 50
"""A task definition may still name an image that ECR has dropped, and its tasks would not start:
more are kept than anybody rolls back."""

LIFECYCLE: Final[dict[str, Any]] = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "What an interrupted push has left.",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 7,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "Images older than the newest ones.",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": KEPT_IMAGES,
            },
            "action": {"type": "expire"},
        },
    ]
}


@dataclass(frozen=True)
class Registry:
    """The account's registry in one region.

    Attributes:
        ecr: keeps the images.
        ssm: keeps which image a stage gets.
    """

    ecr: ECRClient
    ssm: SSMClient

    def ensure(self) -> str:
        """Make the repository if it is missing, and hold it to its rules.

        Returns:
            Its address, `{registry}/{repository}`.
        """
        try:
            found = self.ecr.describe_repositories(repositoryNames=[names.REPOSITORY])
            (repository,) = found["repositories"]
        except self.ecr.exceptions.RepositoryNotFoundException:
            repository = self.ecr.create_repository(
                repositoryName=names.REPOSITORY,
                imageTagMutability="IMMUTABLE",
                imageScanningConfiguration={"scanOnPush": True},
                encryptionConfiguration={"encryptionType": "AES256"},
            )["repository"]
        self.ecr.put_image_tag_mutability(
            repositoryName=names.REPOSITORY, imageTagMutability="IMMUTABLE"
        )
        self.ecr.put_lifecycle_policy(
            repositoryName=names.REPOSITORY, lifecyclePolicyText=json.dumps(LIFECYCLE)
        )
        return repository["repositoryUri"]

    def digest(self, tag: str) -> str | None:
        """The digest of the image with that tag, `sha256:…`; None if there is none."""
        try:
            found = self.ecr.describe_images(
                repositoryName=names.REPOSITORY, imageIds=[{"imageTag": tag}]
            )
        except (
            self.ecr.exceptions.ImageNotFoundException,
            self.ecr.exceptions.RepositoryNotFoundException,
        ):
            return None
        return found["imageDetails"][0]["imageDigest"]

    def push(self, engine: Engine, image: str, address: str, tag: str) -> str:
        """Push an image of this machine.

        Returns:
            Its digest, as ECR tells it.
        """
        (authorization,) = self.ecr.get_authorization_token()["authorizationData"]
        login = base64.b64decode(authorization["authorizationToken"]).decode()
        engine.push(image, f"{address}:{tag}", login.partition(":")[2])
        found = self.ecr.describe_images(
            repositoryName=names.REPOSITORY, imageIds=[{"imageTag": tag}]
        )
        return found["imageDetails"][0]["imageDigest"]

    def choose(self, stage: str, reference: str) -> None:
        """Let a stage's next deployment take this image; earlier ones stay in its history."""
        self.ssm.put_parameter(
            Name=names.parameter(stage),
            Description="The worker's image; written by npm run image.",
            Value=reference,
            Type="String",
            Overwrite=True,
        )
