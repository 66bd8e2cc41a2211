"""What `npm run models` does with a name: list, fetch, verify, pin, fill the image's folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commands.models.errors import ModelUnknown
from commands.models.image import fill, require_pinned
from commands.models.install import bring
from commands.models.shelf import names, needed, origin
from commands.models.verify import pinned, problems

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from worker.models import Catalogue, Package

    from commands.models.hub import Hub
    from commands.models.shelf import Shelf
    from commands.transcribe.display import Display

_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Actions:
    """The actions, and what they work with.

    Attributes:
        catalogue: the models and packages that there are.
        shelf: where they lie on this machine.
        hub: where they are fetched from.
        images: the folder of all image folders.
        display: progress and errors, for a person.
        output: what was asked for: tables, findings, TOML.
    """

    catalogue: Catalogue
    shelf: Shelf
    hub: Hub
    images: Path
    display: Display
    output: Console

    def show(self) -> None:
        """Show every model and package, and what of it is here."""
        for name in names(self.catalogue):
            package = needed(name, self.catalogue)[0]
            here = {"complete": "here", "partly": "partly here", "no": "-"}
            size = megabytes(package.download_bytes)
            self.output.print(
                f"{name:<31}{size:>9}  {package.licence:<12}{here[self.shelf.presence(package)]}\n"
                f"    {package.purpose}; from {_host(origin(package))}"
                f"{'' if package.verified else '; not pinned'}"
            )

    def fetch(self, name: str, *, accept_non_commercial: bool) -> None:
        """Bring a model and all it needs here.

        Raises:
            ModelError: something cannot be had; what came before it is kept.
        """
        packages = needed(name, self.catalogue)
        missing = [each for each in packages if self.shelf.presence(each) != "complete"]
        if missing:
            free = shutil.disk_usage(_existing(self.shelf.models)).free
            self.display.say(
                f"{name} needs about {megabytes(sum(each.download_bytes for each in missing))} "
                f"more: {', '.join(f'{each.name} ({each.licence})' for each in missing)}; "
                f"{megabytes(free)} are free."
            )
        for package in packages:
            bring(
                package,
                self.shelf,
                self.hub,
                self.display,
                accept_non_commercial=accept_non_commercial,
            )
        self.display.close()
        for package in packages:
            self.output.print(f"{package.name}: {package.licence}, {self.shelf.folder(package)}")

    def verify(self, name: str) -> bool:
        """Recompute every checksum; say what is wrong, and what nobody has pinned.

        Returns:
            Whether every file is as it should be.
        """
        sound = True
        for package in needed(name, self.catalogue):
            wrong = self._problems(package)
            sound = sound and not wrong
            for problem in wrong:
                self.output.print(f"{package.name}: {problem}")
            if not wrong:
                self.output.print(f"{package.name}: {self._held_to(package)}")
        return sound

    def pin(self, name: str) -> None:
        """Print the lines of models.toml for what is here and not pinned.

        Raises:
            ModelError: something is not here, or not whole.
        """
        for package in needed(name, self.catalogue):
            if not package.verified:
                kind = "models" if package.name in self.catalogue.models else "packages"
                lines = pinned(package, self.shelf)
                self.output.print(f"[{kind}.{package.name}]\n{lines}\n")

    def image(self, name: str, *, unverified: bool, accept_non_commercial: bool) -> None:
        """Fetch a model and fill the folder that its image is built from.

        Raises:
            ModelError: it is not pinned, may not be used, or cannot be fetched.
        """
        if not unverified:
            require_pinned(name, self.catalogue)
        self.fetch(name, accept_non_commercial=accept_non_commercial)
        folder = self.images / name
        size = fill(
            name,
            self.catalogue,
            self.shelf,
            folder,
            accept_non_commercial=accept_non_commercial,
        )
        self.output.print(f"{folder}: {megabytes(size)}, for --build-arg MODEL={name}")

    def _problems(self, package: Package) -> list[str]:
        try:
            return problems(package, self.shelf)
        except ModelUnknown as error:
            return [str(error)]

    def _held_to(self, package: Package) -> str:
        if package.verified:
            return "as pinned"
        return (
            "as fetched, and not pinned; for the lines to paste into models.toml: "
            f"npm run models -- verify {package.name} --pin"
        )


def megabytes(count: int) -> str:
    """A size for a person; `count` in bytes."""
    return f"{count / _MEGABYTE:,.0f} MB" if count >= _MEGABYTE else f"{count / 1000:.0f} kB"


def _host(place: str) -> str:
    """A URL's server, since the whole of it would not fit into a table."""
    return place.split("/")[2] if place.startswith("http") else place


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())
