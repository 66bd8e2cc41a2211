"""Who may import whom, read from the syntax trees: the design's rules, kept."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SCRIBE = ROOT / "layers" / "shared" / "python" / "scribe"
WORKER = ROOT / "worker-image" / "worker"
STANDARD = sys.stdlib_module_names

# jsonschema-rs decides quickly whether a document is valid; jsonschema, with referencing,
# names the fault. numpy is the language of samples.
CORE = {"jsonschema", "jsonschema_rs", "referencing", "numpy"}
ADAPTERS = CORE | {"boto3", "botocore", "cryptography", "ffmpeg", "jwt", "pydub"}
TYPES_ONLY = ("mypy_boto3_", "types_boto3", "numpy")


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """Full names of what a module imports at run time, wherever the statement stands."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def foreign(path: Path, own: str) -> set[str]:
    """Top-level names that are neither the standard library nor the package itself."""
    names = {name.partition(".")[0] for name in imported(path)}
    return names - set(STANDARD) - {own}


@pytest.mark.parametrize("path", modules(SCRIBE), ids=name_of)
def test_the_core_of_scribe_needs_no_aws_and_no_ffmpeg(path: Path) -> None:
    in_adapters = "adapters" in path.relative_to(SCRIBE).parts
    assert foreign(path, "scribe") <= (ADAPTERS if in_adapters else CORE)
    if not in_adapters:
        assert not any(name.startswith("scribe.adapters") for name in imported(path))


@pytest.mark.parametrize("path", modules(ROOT / "functions"), ids=name_of)
def test_a_function_imports_scribe_and_powertools_and_no_other_function(path: Path) -> None:
    assert foreign(path, "functions") <= {"scribe", "aws_lambda_powertools"}
    own = path.relative_to(ROOT / "functions").parts[0]
    others = {name.split(".")[1] for name in imported(path) if name.startswith("functions.")} - {
        own,
        "runtime",
    }
    assert not others


@pytest.mark.parametrize("path", modules(WORKER), ids=name_of)
def test_only_the_engine_imports_the_model_libraries(path: Path) -> None:
    allowed = {"scribe", "boto3", "botocore", "numpy", "av"}
    if "engine" in path.relative_to(WORKER).parts:
        allowed |= {"whisperx", "faster_whisper", "ctranslate2", "torch", "pandas", "nltk"}
    assert foreign(path, "worker") <= allowed


@pytest.mark.parametrize("path", modules(ROOT / "local"), ids=name_of)
def test_the_local_aws_imports_nothing_of_the_product(path: Path) -> None:
    product = {"scribe", "functions", "worker", "commands", "samples", "models", "layers"}
    assert not foreign(path, "local") & product


@pytest.mark.parametrize("path", modules(ROOT / "local"), ids=name_of)
def test_the_local_aws_does_not_know_what_the_product_is_about(path: Path) -> None:
    text = path.read_text("utf-8")
    found = re.search(r"transcri|whisper|ffmpeg|recording|\bscribe\b", text, re.IGNORECASE)
    assert found is None, f"{path.name} speaks of {found[0]}"
