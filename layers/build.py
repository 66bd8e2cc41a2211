"""Builds the Lambda layers from their pinned recipes, for AWS or for this machine.

    python -m layers.build --platform arm64-python3.13

Each layer becomes a folder and, beside it, the archive that is deployed. A layer that is built
already from the same recipe is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from layers import recipes

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / ".build" / "layers"
LOCAL: Final = "local"
# NumPy's wheels ask for a newer C library than manylinux2014; Lambda's python3.13 has glibc 2.34.
PLATFORMS: Final = ("manylinux2014", "manylinux_2_28")
# The first moment that a zip archive can hold.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# A function with its layers may unpack to 250 MB; the rest is room for its own code.
MAX_TOTAL_BYTES: Final = 200 * 1024 * 1024


class LayerTooLarge(Exception):
    """The layers together would not fit into a function."""


def build(platform: str) -> dict[str, Path]:
    """Build every layer that has a recipe.

    Args:
        platform: `local`, or `{arm64|x86_64}-python{3.11|3.12|3.13}`.

    Returns:
        The layers' folders by name.

    Raises:
        LayerTooLarge: their unpacked sizes exceed what a function may carry.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILD / f"{platform}.lock"):
        built = {
            "dependencies": _build("dependencies", platform, _packages_under_python),
            "ffmpeg": _build("ffmpeg", platform, _binary_under_bin),
        }
    total = sum(_size(folder) for folder in built.values())
    if total > MAX_TOTAL_BYTES:
        raise LayerTooLarge(f"the layers unpack to {total / 2**20:.0f} MB")
    return built


def _build(layer: str, platform: str, arrange: Callable[[Path, Path], None]) -> Path:
    recipe = ROOT / "layers" / layer / "requirements.txt"
    target = BUILD / layer / platform
    stamp = target.parent / f"{platform}.sha256"
    # The framework uploads archives under their file names, so these differ between layers.
    archive = target.parent / f"{layer}-{platform}.zip"
    made_from = (recipe, Path(__file__), Path(recipes.__file__))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_from)).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest and archive.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        packages = Path(scratch) / "packages"
        _install(recipe, packages, platform)
        finished = Path(scratch) / "layer"
        arrange(packages, finished)
        shutil.rmtree(target, ignore_errors=True)
        finished.rename(target)
    _archive(target, archive)
    stamp.write_text(digest)
    return target


def _install(recipe: Path, target: Path, platform: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:"]
    command += ["--target", str(target)]
    if platform == LOCAL:
        subprocess.run([*command, "--requirement", str(recipe)], check=True)
        return
    architecture, _, python = platform.partition("-python")
    # pip compares its own Python with what packages ask for; the recipe was compiled for all.
    command += ["--ignore-requires-python"]
    command += ["--implementation", "cp", "--python-version", python]
    for tag in PLATFORMS:
        command += ["--platform", f"{tag}_{recipes.MACHINES[architecture]}"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as resolved:
        packages = recipes.requirements_for(recipe.read_text("utf-8"), platform)
        resolved.write("\n".join(packages.values()))
        resolved.flush()
        subprocess.run([*command, "--requirement", resolved.name], check=True)


def _packages_under_python(packages: Path, layer: Path) -> None:
    """Lambda puts `python/` of a layer on the module path."""
    layer.mkdir()
    shutil.rmtree(packages / "bin", ignore_errors=True)
    packages.rename(layer / "python")


def _binary_under_bin(packages: Path, layer: Path) -> None:
    """Lambda puts `bin/` of a layer on the program path."""
    (binary,) = packages.glob("imageio_ffmpeg/binaries/ffmpeg-*")
    (layer / "bin").mkdir(parents=True)
    binary.rename(layer / "bin" / "ffmpeg")
    (layer / "bin" / "ffmpeg").chmod(0o755)


def _archive(folder: Path, archive: Path) -> None:
    """Pack a folder so that equal contents give an equal archive, and an equal deployment."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH)
            entry.external_attr = (path.stat().st_mode & 0o777) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Build the layers and print their unpacked sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--platform", default=LOCAL, help="local, or for example arm64-python3.13")
    for layer, folder in build(parser.parse_args().platform).items():
        print(f"layer {layer}: {_size(folder) / 2**20:.0f} MB unpacked", file=sys.stderr)


if __name__ == "__main__":
    main()
