"""The stack's YAML as it is written: parameters filled in, CloudFormation's own tags set aside.

For commands that ask a few facts of the stack. What is deployed is the framework's to compile.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parent.parent


def read(path: Path, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401 - any YAML
    """One file.

    Args:
        path: of the file.
        parameters: of the stage, which stand in the place of `${param:…}`.
    """
    text = path.read_text("utf-8")
    for name, value in parameters.items():
        text = text.replace(f"${{param:{name}}}", value)
    return yaml.load(text, _TagsAside)  # noqa: S506 - a SafeLoader


def resources(parameters: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every resource in `resources/`, with its name in the template."""
    for path in sorted((ROOT / "resources").glob("*.yml")):
        document = read(path, parameters)
        yield from (document.get("Resources") or {}).items()


class _TagsAside(yaml.CSafeLoader):
    """Reads YAML whose tags (`!Ref`, `!Sub`) mean something to CloudFormation alone."""


def _untagged(loader: _TagsAside, _tag: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_TagsAside.add_multi_constructor("!", _untagged)
