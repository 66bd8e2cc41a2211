"""What an image is made of, and the tag that says so."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from commands.image.engines import DOCKERFILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

Target = Literal["cpu", "gpu"]
TARGETS: Final = get_args(Target)

_PROCESSORS: Final = {"X86_64": "amd64", "ARM64": "arm64"}
"""What engines call them, by the parameter workerArchitecture."""

SOURCES: Final = ("layers/shared", "worker-image")
"""What the build is given beside a model; worker-image/Dockerfile.dockerignore lets it through."""
_MADE_HERE: Final = re.compile(r"__pycache__|.*\.egg-info|.*\.pyc|build")
_BASE: Final = re.compile(r"^ARG BASE=(\S+)$", re.MULTILINE)


def processor_of(target: Target, worker_architecture: str) -> str:
    """A stage's workers' processor, as engines call it.

    As resources/workers.yml has it: the parameter is Fargate's, the instances are x86.

    Args:
        target: what the stage computes on.
        worker_architecture: its parameter workerArchitecture.
    """
    return _PROCESSORS[worker_architecture if target == "cpu" else "X86_64"]


@dataclass(frozen=True)
class Recipe:
    """What is built.

    Attributes:
        model: a name of models.toml.
        target: of the Dockerfile.
        base: the image to build on; the Dockerfile's own if empty.
        platform: operating system and processor, such as `linux/amd64`.
        torch_index: where torch for `cpu` comes from; the Dockerfile's own index if empty.
        pip_configuration: a pip.conf, given to the build as a secret.
        anew: when the parts that change by themselves, such as the base behind its tag, are to
            be fetched again; None to take them as they are.
        unpinned: the folder of a model that models.toml does not pin: its files are part of
            the tag.
    """

    model: str
    target: Target
    base: str = ""
    platform: str = "linux/amd64"
    torch_index: str = ""
    pip_configuration: Path | None = None
    anew: datetime | None = None
    unpinned: Path | None = None

    @property
    def arguments(self) -> Mapping[str, str]:
        """The build's arguments by name."""
        others = {"BASE": self.base, "TORCH_INDEX": self.torch_index}
        return {"MODEL": self.model} | {name: value for name, value in others.items() if value}

    def tag(self, root: Path) -> str:
        """Name the image by what it is made of: the same sources are the same image.

        Args:
            root: of the repository.
        """
        base = self.base or own_base(root)
        digest = hashlib.sha256(f"{base}\0{self.platform}\0{self.torch_index}\0".encode())
        for name in SOURCES:
            _add(digest, root / name)
        if self.unpinned:
            _add(digest, self.unpinned)
        # An image built anew may hold other packages of Debian: it is another image.
        since = f"-{self.anew:%Y%m%dT%H%M}" if self.anew else ""
        return f"{self.model}-{self.target}-{digest.hexdigest()[:12]}{since}"


def own_base(root: Path) -> str:
    """The base that the Dockerfile names."""
    found = _BASE.search((root / DOCKERFILE).read_text("utf-8"))
    if found is None:
        raise ValueError(f"{DOCKERFILE} has no ARG BASE")
    return found[1]


def _add(digest: hashlib._Hash, folder: Path) -> None:
    for path in sorted(_files(folder)):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if _MADE_HERE.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
