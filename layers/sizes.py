"""How much of what Lambda allows the functions and their layers take."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from layers.build import BUILD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_ARCHIVE_BYTES: Final = 50 * 1024 * 1024
"""Of one archive that is handed to Lambda by itself; from S3 it may be larger."""

MAX_UNPACKED_BYTES: Final = 250 * 1024 * 1024
"""Of a function with all its layers."""


@dataclass(frozen=True)
class Size:
    """What a function or a layer takes, in bytes.

    Attributes:
        zipped: of the archive.
        unpacked: of the files in it.
    """

    zipped: int
    unpacked: int

    def __str__(self) -> str:
        """In MB, as AWS's limits are given."""
        return f"{self.zipped / 2**20:5.1f} MB zipped {self.unpacked / 2**20:6.1f} MB unpacked"


@dataclass(frozen=True)
class Sizes:
    """A package's sizes.

    Attributes:
        layers: by logical id.
        functions: with all their layers, by logical id.
    """

    layers: Mapping[str, Size]
    functions: Mapping[str, Size]

    def lines(self) -> Iterator[str]:
        """One line for each, for people to read."""
        for name, size in self.layers.items():
            yield f"{size}  layer {name.removesuffix('LambdaLayer')}"
        for name, size in self.functions.items():
            yield f"{size}  function {name.removesuffix('LambdaFunction')}, with its layers"


def of_package(template: Mapping[str, Any], folder: Path) -> Sizes:
    """Measure what a template deploys.

    Args:
        template: as the framework compiled it.
        folder: of the archives beside it; those of built layers lie where they were built.
    """
    resources = template["Resources"]
    layers = {
        name: _of_archive(_archive(resource["Properties"]["Content"]["S3Key"], folder))
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::LayerVersion"
    }
    functions = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Function":
            properties = resource["Properties"]
            parts = [_of_archive(_archive(properties["Code"]["S3Key"], folder))]
            parts += [layers[layer["Ref"]] for layer in properties["Layers"]]
            functions[name] = Size(sum(p.zipped for p in parts), sum(p.unpacked for p in parts))
    return Sizes(layers, functions)


def _archive(key: str, folder: Path) -> Path:
    name = key.rpartition("/")[2]
    here = folder / name
    if here.is_file():
        return here
    (built,) = BUILD.glob(f"*/{name}")
    return built


def _of_archive(path: Path) -> Size:
    with zipfile.ZipFile(path) as archive:
        return Size(path.stat().st_size, sum(entry.file_size for entry in archive.infolist()))
