"""The container engines that can build the image: Docker with BuildKit, Podman, or Buildah."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from commands.image.errors import EngineMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.image.recipe import Recipe
    from commands.image.shell import Shell

ROOT: Final = Path(__file__).resolve().parents[2]
DOCKERFILE: Final = "worker-image/Dockerfile"
IGNORED: Final = f"{DOCKERFILE}.dockerignore"
AT: Final = "/trial"
"""Where a program that is run inside the image finds the folder that came with it."""


class Engine(Protocol):
    """Builds, runs and pushes images."""

    def build(self, recipe: Recipe, image: str) -> None:
        """Build the image and give it a name on this machine."""

    def run(self, image: str, folder: Path, program: Sequence[str]) -> str:
        """Run a program inside the image, with no network and on a CPU.

        Args:
            image: its name on this machine.
            folder: is at `AT`, to be read.
            program: and its arguments.

        Returns:
            Its standard output.
        """

    def push(self, image: str, name: str, password: str) -> None:
        """Push the image to a registry.

        Args:
            image: its name on this machine.
            name: `{registry}/{repository}:{tag}`.
            password: of the user `AWS` of the registry.
        """


def choose(shell: Shell) -> Engine:
    """Find an engine that works.

    Raises:
        EngineMissing: there is none; the text says what to install.
    """
    if shell.succeeds(("docker", "buildx", "version")) and shell.succeeds(("docker", "info")):
        return Docker(shell)
    if shell.succeeds(("podman", "info")):
        return Podman(shell)
    if shell.succeeds(("buildah", "info")):
        return Buildah(shell, chroot=_needs_chroot(shell))
    reason = (
        "Docker is installed, but its daemon does not answer or it has no buildx. "
        if shell.succeeds(("docker", "--version"))
        else ""
    )
    raise EngineMissing(
        f"Nothing here builds images. {reason}Install one of: Docker Engine with the buildx "
        "plugin, Podman, or Buildah (on Debian and Ubuntu: apt-get install buildah)."
    )


def _needs_chroot(shell: Shell) -> bool:
    """Whether Buildah has no program that runs containers, or is told to do without one."""
    chosen = os.environ.get("BUILDAH_ISOLATION")
    if chosen:
        return chosen == "chroot"
    return not shell.read(("buildah", "info", "--format", "{{.host.OCIRuntime}}")).strip()


@dataclass(frozen=True)
class Docker:
    """Docker with BuildKit."""

    shell: Shell

    def build(self, recipe: Recipe, image: str) -> None:
        """See the protocol."""
        # A manifest alone, not an index with attestations: every reader of it stays simple.
        command = ["docker", "buildx", "build", "--load", "--provenance=false"]
        self.shell.show([*command, *_recipe(recipe, image), str(ROOT)])

    def run(self, image: str, folder: Path, program: Sequence[str]) -> str:
        """See the protocol."""
        return self.shell.read(["docker", *_run(image, folder, program)])

    def push(self, image: str, name: str, password: str) -> None:
        """See the protocol."""
        _push(self.shell, "docker", image, name, password)


@dataclass(frozen=True)
class Podman:
    """Podman, which builds by Buildah."""

    shell: Shell

    def build(self, recipe: Recipe, image: str) -> None:
        """See the protocol."""
        command = ["podman", "build", "--layers", "--ignorefile", str(ROOT / IGNORED)]
        self.shell.show([*command, *_recipe(recipe, image), str(ROOT)])

    def run(self, image: str, folder: Path, program: Sequence[str]) -> str:
        """See the protocol."""
        return self.shell.read(["podman", *_run(image, folder, program)])

    def push(self, image: str, name: str, password: str) -> None:
        """See the protocol."""
        _push(self.shell, "podman", image, name, password)


@dataclass(frozen=True)
class Buildah:
    """Buildah, which needs no daemon and, with chroot isolation, no namespaces of its own.

    Attributes:
        shell: runs it.
        chroot: whether that isolation is needed.
    """

    shell: Shell
    chroot: bool

    def build(self, recipe: Recipe, image: str) -> None:
        """See the protocol."""
        command = ["buildah", "build", *self._isolation()]
        command += ["--layers", "--ignorefile", str(ROOT / IGNORED)]
        self.shell.show([*command, *_recipe(recipe, image), str(ROOT)])

    def run(self, image: str, folder: Path, program: Sequence[str]) -> str:
        """See the protocol."""
        container = self.shell.read(["buildah", "from", image]).strip()
        # Chroot isolation takes the network as it finds it, and refuses to be told of another:
        # so it is taken away beforehand.
        command = ["unshare", "--net", "buildah", "run"] if self.chroot else ["buildah", "run"]
        command += self._isolation() or ["--network", "none"]
        command += ["--env", "DEVICE=cpu", "--volume", f"{folder}:{AT}:ro,z"]
        try:
            return self.shell.read([*command, container, "--", *program])
        finally:
            self.shell.read(["buildah", "rm", container])

    def push(self, image: str, name: str, password: str) -> None:
        """See the protocol."""
        _push(self.shell, "buildah", image, name, password)

    def _isolation(self) -> list[str]:
        return ["--isolation", "chroot"] if self.chroot else []


def _recipe(recipe: Recipe, image: str) -> list[str]:
    options = ["--file", str(ROOT / DOCKERFILE), "--target", recipe.target]
    options += ["--platform", recipe.platform, "--tag", image]
    for name, value in recipe.arguments.items():
        options += ["--build-arg", f"{name}={value}"]
    if recipe.pip_configuration:
        options += ["--secret", f"id=pip,src={recipe.pip_configuration}"]
    return [*options, "--pull", "--no-cache"] if recipe.anew else options


def _run(image: str, folder: Path, program: Sequence[str]) -> list[str]:
    limits = ["--network", "none", "--read-only", "--tmpfs", "/tmp"]  # noqa: S108  # the container's
    options = ["--rm", *limits, "--env", "DEVICE=cpu", "--volume", f"{folder}:{AT}:ro,z"]
    return ["run", *options, image, *program]


def _push(shell: Shell, engine: str, image: str, name: str, password: str) -> None:
    registry = name.partition("/")[0]
    shell.show([engine, "login", "--username", "AWS", "--password-stdin", registry], password)
    shell.show([engine, "tag", image, name])
    shell.show([engine, "push", name])
