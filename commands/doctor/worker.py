"""Whether the worker's image can be pulled, and its model may be used."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from worker import models as catalogues

from commands.doctor.findings import Finding
from commands.image import names
from commands.image.recipe import processor_of
from commands.models.errors import LicenceRefused, ModelNotPinned, ModelUnknown
from commands.models.fetch import require_commercial_use
from commands.models.image import require_pinned
from commands.models.shelf import CATALOGUE, needed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef
    from worker.models import Catalogue

    from commands.doctor.findings import Subject
    from commands.image.recipe import Target

_IMAGE: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[a-z0-9._/-]+?)(?::(?P<tag>[\w.-]{1,128}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def image(subject: Subject) -> Iterator[Finding]:
    """Whether ECR has the image that the task definition will name."""
    name = subject.parameters["workerImage"] or names.stored(
        subject.aws.client("ssm"), subject.stage
    )
    if name is None:
        yield Finding(
            "workerImage",
            "problem",
            "no image was made for the stage",
            f"{_before_an_image(subject.parameters['modelName'])}"
            f"Run `npm run image -- --stage {subject.stage}`.",
        )
        return
    named = _IMAGE.fullmatch(name)
    if named is None:
        yield Finding(
            "workerImage",
            "problem",
            f"{name} is no image in ECR",
            f"Run `npm run image -- --stage {subject.stage}` and deploy without the parameter.",
        )
        return
    identifier: ImageIdentifierTypeDef = (
        {"imageDigest": named["digest"]}
        if named["digest"]
        else {"imageTag": named["tag"] or "latest"}
    )
    client = subject.aws.client("ecr", region_name=named["region"])
    try:
        manifest = _manifest(client, named["account"], named["repository"], identifier)
    except client.exceptions.RepositoryNotFoundException:
        manifest = None
    if manifest is None:
        yield Finding(
            "workerImage",
            "problem",
            f"ECR has no {name}",
            f"Run `npm run image -- --stage {subject.stage}` again.",
        )
        return
    if named["digest"] is None:
        yield Finding(
            "workerImage",
            "warning",
            "is named by a tag, behind which another image can come to lie",
            "Name it by its digest: repository@sha256:…",
        )
    parameters = subject.parameters
    target = cast("Target", parameters["compute"])
    yield _of_platform(manifest, processor_of(target, parameters["workerArchitecture"]))


def licence(subject: Subject) -> Iterator[Finding]:
    """Whether the licences of the model and of all that it needs permit commercial use."""
    yield licence_of(subject.parameters["modelName"], catalogues.load(CATALOGUE))


def licence_of(model: str, catalogue: Catalogue) -> Finding:
    """The same for any catalogue."""
    try:
        packages = needed(model, catalogue)
    except ModelUnknown as error:
        return Finding(
            "model", "problem", f"modelName: {error}", "Name a model of worker-image/models.toml."
        )
    try:
        for package in packages:
            require_commercial_use(package)
    except LicenceRefused as error:
        return Finding(
            "model",
            "problem",
            str(error),
            "Take another model or aligner in worker-image/models.toml, and build the image anew.",
        )
    return Finding(
        "model", "ok", ", ".join(f"{package.name}: {package.licence}" for package in packages)
    )


def _manifest(
    client: ECRClient, account: str, repository: str, identifier: ImageIdentifierTypeDef
) -> dict[str, Any] | None:
    found = client.batch_get_image(
        registryId=account,
        repositoryName=repository,
        imageIds=[identifier],
        acceptedMediaTypes=[*_INDEXES, *_MANIFESTS],
    )["images"]
    return json.loads(found[0]["imageManifest"]) if found else None


def _before_an_image(model: str) -> str:
    """What `npm run image` asks for first."""
    try:
        require_pinned(model, catalogues.load(CATALOGUE))
    except ModelNotPinned:
        return (
            f"Pin the model: `npm run models -- fetch {model}`, then `npm run models -- verify "
            f"{model} --pin`, whose lines go into worker-image/models.toml. "
        )
    except ModelUnknown:
        return ""  # which `licence` tells
    return ""


def _of_platform(manifest: dict[str, Any], processor: str) -> Finding:
    """An index names the platforms of its images; a manifest alone does not."""
    platforms = [
        entry.get("platform", {}).get("architecture") for entry in manifest.get("manifests", ())
    ]
    if platforms and processor not in platforms:
        built_for = ", ".join(sorted({platform or "unknown" for platform in platforms}))
        return Finding(
            "workerImage",
            "problem",
            f"is built for {built_for}, and the workers are {processor}",
            f"Build it with `--platform linux/{processor}`.",
        )
    return Finding("workerImage", "ok", "is in ECR")
