"""A machine with container engines and an account with a registry, for `npm run image`."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final

from commands.image.errors import EngineFailed
from commands.image.names import REPOSITORY
from commands.image.trial import SAMPLES
from samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_ecr import ECRClient

MANIFEST: Final = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 1,
        "digest": f"sha256:{'a' * 64}",
    },
    "layers": [],
}

INVENTORY: Final[dict[str, Any]] = {
    "python": "3.12.12",
    "system": {"ID": "debian", "VERSION_ID": "12"},
    "packages": [
        {"name": "Torch_Audio", "version": "2.8.0", "licence": "BSD-3-Clause", "own": False},
        {"name": "worker", "version": "0.1.0", "licence": "MIT", "own": True},
    ],
    "debian": [
        {"name": "libc6", "version": "2.36-9+deb12u14", "architecture": "amd64", "source": "glibc"}
    ],
}


def as_said() -> dict[str, Any]:
    """What a faultless image finds in the samples."""
    return {
        "networks": [],
        "user": 10001,
        "load_seconds": 6.5,
        "transcribe_seconds": 9.0,
        "heard": {
            f"{name}.flac": {
                "language": sample(name).language,
                "text": sample(name).text,
                "words": 100,
                "aligned": 98,
            }
            for name in SAMPLES
        },
    }


class Machine:
    """Has some engines; records what they are asked, and pushes into the account's registry.

    Args:
        working: the commands, as they begin, that end well when asked whether an engine is here.
        ecr: the registry.
    """

    def __init__(self, working: Iterable[str], ecr: ECRClient) -> None:
        self.working = tuple(working)
        self.ecr = ecr
        self.asked: list[str] = []
        self.given: list[str] = []
        self.findings = as_said()
        self.manifest = MANIFEST
        self.failing = "nothing fails"
        self.container_runtime = "crun"

    def succeeds(self, command: Sequence[str]) -> bool:
        return shlex.join(command).startswith(self.working)

    def show(self, command: Sequence[str], given: str = "") -> None:
        self._ask(command)
        self.given.append(given)
        if "push" in command:
            self.ecr.put_image(
                repositoryName=REPOSITORY,
                imageManifest=json.dumps(self.manifest),
                imageTag=command[-1].rpartition(":")[2],
            )

    def read(self, command: Sequence[str]) -> str:
        asked = self._ask(command)
        if "transcribe.py" in asked:
            return f"a library says something\n{json.dumps(self.findings)}\n"
        if "inventory.py" in asked:
            return json.dumps(INVENTORY) + "\n"
        if "buildah info" in asked:
            return f"{self.container_runtime}\n"
        return "worker-working-container\n"

    def of(self, *words: str) -> list[str]:
        """What was asked with all of these words."""
        return [asked for asked in self.asked if set(words) <= set(asked.split())]

    def _ask(self, command: Sequence[str]) -> str:
        asked = shlex.join(command)
        self.asked.append(asked)
        if self.failing in asked:
            raise EngineFailed(asked)
        return asked
