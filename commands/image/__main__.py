"""Builds the worker's image, tries it out, and stores it in ECR for a stage.

    npm run image -- --stage prod
    npm run image -- --stage dev --target cpu --model fixture --no-push

The tag is made of the sources: where ECR has it, nothing is built, and the stage gets that image.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from worker import models as catalogues

from commands.image import arguments, names, sbom, trial
from commands.image.engines import ROOT, choose
from commands.image.errors import ImageError, ModelMissing
from commands.image.recipe import Recipe
from commands.image.registry import Registry
from commands.image.shell import LocalShell
from commands.models.__main__ import main as models
from commands.models.shelf import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from commands.image.arguments import Request
    from commands.image.engines import Engine

FOLDER: Final = ROOT / ".build" / "image"
"""Of the models that images are built with, and of the bills of materials."""


@dataclass(frozen=True)
class Workshop:
    """Where images are made.

    Attributes:
        engine: finds what builds; asked only when something is to be built.
        fill: fills the folder of a model as `npm run models -- image` does, and returns its status.
        registry: where images go; asked only when one is to be stored.
        now: the present moment.
        folder: gets the bills of materials.
    """

    engine: Callable[[], Engine]
    fill: Callable[[list[str]], int]
    registry: Callable[[], Registry]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    folder: Path = FOLDER

    def make(self, request: Request) -> str:
        """Build what is missing, and store it.

        Returns:
            The image, by its digest in ECR, or by its name on this machine.

        Raises:
            ImageError: it cannot be built, or does not do its work.
        """
        if request.unverified:
            self._fill(request)  # its tag is made of the files
        recipe = self._recipe(request)
        tag = recipe.tag(ROOT)
        if not request.push:
            return self._build(self.engine(), request, recipe, tag)
        registry = self.registry()
        address = registry.ensure()
        digest = registry.digest(tag)
        if digest:
            print(f"ECR has {tag}: nothing of it has changed.")
        else:
            engine = self.engine()
            digest = registry.push(engine, self._build(engine, request, recipe, tag), address, tag)
        reference = f"{address}@{digest}"
        registry.choose(request.stage, reference)
        return reference

    def _recipe(self, request: Request) -> Recipe:
        return Recipe(
            model=request.model,
            target=request.target,
            base=request.base,
            platform=request.platform,
            torch_index=request.torch_index,
            pip_configuration=request.pip_configuration,
            anew=self.now() if request.rebuild else None,
            unpinned=FOLDER / request.model if request.unverified else None,
        )

    def _build(self, engine: Engine, request: Request, recipe: Recipe, tag: str) -> str:
        if not request.unverified:
            self._fill(request)
        image = f"localhost/{names.REPOSITORY}:{tag}"
        engine.build(recipe, image)
        report = trial.transcribe(engine, image, request.model)
        wrong = ", ".join(f"{name} {share:.1%}" for name, share in report.wrong.items())
        print(
            f"{image} works without a network: model loaded in {report.load_seconds:.0f} s, "
            f"{report.audio_seconds:.0f} s of audio in {report.transcribe_seconds:.0f} s, "
            f"wrong words: {wrong}."
        )
        inventory = trial.inventory(engine, image)
        document = sbom.document(inventory, image, request.model, catalogues.load(CATALOGUE))
        path = self.folder / f"{tag}.cdx.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, "utf-8")
        print(f"Its bill of materials is {path}")
        return image

    def _fill(self, request: Request) -> None:
        options = ["--unverified"] if request.unverified else []
        if request.accept_non_commercial:
            options.append("--accept-non-commercial")
        if self.fill(["image", request.model, *options]):
            raise ModelMissing(f"The image needs the model {request.model}; the reason is above.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The process's exit status.
    """
    request = arguments.parse(argv)
    session = boto3.Session(region_name=request.region)
    workshop = Workshop(
        engine=lambda: choose(LocalShell()),
        fill=models,
        registry=lambda: Registry(session.client("ecr"), session.client("ssm")),
    )
    try:
        image = workshop.make(request)
    except (ImageError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    print(image)
    if request.push:
        print(
            f"Stage {request.stage} gets it: npm run deploy -- --stage {request.stage}",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
