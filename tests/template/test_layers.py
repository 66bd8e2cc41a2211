"""The layers: whole, for Lambda's platform, and small enough to be deployed with the functions."""

from __future__ import annotations

import json
import re
import struct
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Final

import pytest
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags, parse_tag

from commands.package import AWS_PLATFORM
from layers import build, recipes, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.template.template import Template

PYTHON: Final = (3, 13)
NEWEST_GLIBC: Final = 34
"""Of Amazon Linux 2023, below Lambda's python3.13: version 2.34."""
ELF_MACHINES: Final = {"aarch64": 183, "x86_64": 62}
MACHINE: Final = "aarch64"


@pytest.fixture(scope="module")
def layers(templates: dict[str, Path]) -> dict[str, Path]:
    """The folders of the layers that were packaged."""
    assert templates
    return {name: build.BUILD / name / AWS_PLATFORM for name in ("dependencies", "ffmpeg")}


@pytest.fixture(scope="module")
def measured(templates: dict[str, Path]) -> sizes.Sizes:
    path = templates["prod"]
    return sizes.of_package(json.loads(path.read_text("utf-8")), path.parent)


def _foreign(folder: Path) -> Iterator[Path]:
    """Programs and libraries for another processor."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                header = file.read(20)
            # The machine is a half-word at the byte 18 of a little-endian header.
            if header[:4] == b"\x7fELF" and struct.unpack("<H", header[18:]) != (
                ELF_MACHINES[MACHINE],
            ):
                yield path


def _distributions(layer: Path) -> Iterator[Path]:
    yield from layer.glob("python/*.dist-info")


def test_a_function_runs_on_the_platform_that_its_layers_are_built_for(template: Template) -> None:
    for properties in template.of_type("AWS::Lambda::Function").values():
        assert properties["Runtime"] == "python{}.{}".format(*PYTHON)
        assert f"{properties['Architectures'][0]}-{properties['Runtime']}" == AWS_PLATFORM
    for properties in template.of_type("AWS::Lambda::LayerVersion").values():
        assert properties["CompatibleRuntimes"] == ["python{}.{}".format(*PYTHON)]


def test_every_program_and_library_is_for_lambdas_processor(layers: dict[str, Path]) -> None:
    for folder in layers.values():
        assert list(_foreign(folder)) == []


def test_a_library_for_another_processor_is_noticed(tmp_path: Path) -> None:
    header = b"\x7fELF" + bytes(14) + struct.pack("<H", ELF_MACHINES["x86_64"])
    (tmp_path / "library.so").write_bytes(header)
    assert list(_foreign(tmp_path)) == [tmp_path / "library.so"]


def test_the_ffmpeg_layer_holds_one_program_that_may_be_run(layers: dict[str, Path]) -> None:
    (program,) = (path for path in layers["ffmpeg"].rglob("*") if path.is_file())
    assert program.relative_to(layers["ffmpeg"]).as_posix() == "bin/ffmpeg"
    assert program.stat().st_mode & 0o111 == 0o111
    assert program.read_bytes()[:4] == b"\x7fELF"


def test_every_wheel_is_for_lambdas_python_and_system(layers: dict[str, Path]) -> None:
    systems = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(NEWEST_GLIBC, 16, -1)]
    systems.append(f"manylinux2014_{MACHINE}")
    known = {*cpython_tags(PYTHON, platforms=systems), *compatible_tags(PYTHON, platforms=systems)}
    for distribution in _distributions(layers["dependencies"]):
        wheel = HeaderParser().parsestr((distribution / "WHEEL").read_text("utf-8"))
        tags = [tag for text in wheel.get_all("Tag", []) for tag in parse_tag(text)]
        assert known.intersection(tags), distribution.name


def test_every_package_runs_on_lambdas_python(layers: dict[str, Path]) -> None:
    for distribution in _distributions(layers["dependencies"]):
        metadata = HeaderParser().parsestr((distribution / "METADATA").read_text("utf-8"))
        assert SpecifierSet(metadata["Requires-Python"] or "").contains("3.13.0"), distribution.name


def test_a_layer_holds_what_its_recipe_names_for_lambdas_python(layers: dict[str, Path]) -> None:
    recipe = (build.ROOT / "layers" / "dependencies" / "requirements.txt").read_text("utf-8")
    there = {path.name.partition("-")[0] for path in _distributions(layers["dependencies"])}
    assert {_normal(name) for name in recipes.requirements_for(recipe, AWS_PLATFORM)} == {
        _normal(name) for name in there
    }


def test_pydub_finds_the_module_that_left_pythons_own_library(layers: dict[str, Path]) -> None:
    assert (layers["dependencies"] / "python" / "audioop" / "__init__.py").is_file()


def test_every_download_is_pinned_by_its_hash() -> None:
    for name in ("dependencies", "ffmpeg"):
        recipe = (build.ROOT / "layers" / name / "requirements.txt").read_text("utf-8")
        for requirement in recipes.requirements_for(recipe, AWS_PLATFORM).values():
            assert re.match(r"[\w.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", requirement)


def test_every_layer_and_function_fits_lambda(measured: sizes.Sizes) -> None:
    for name, size in measured.layers.items():
        assert size.zipped < sizes.MAX_ARCHIVE_BYTES, name
    for name, size in measured.functions.items():
        assert size.unpacked < sizes.MAX_UNPACKED_BYTES, name


def test_a_functions_size_counts_all_its_layers(measured: sizes.Sizes) -> None:
    with_all_layers = measured.functions["PrepareAudioLambdaFunction"]
    assert with_all_layers.unpacked > sum(size.unpacked for size in measured.layers.values())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
