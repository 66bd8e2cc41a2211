"""The parameters of a stage, resolved as the framework does: default, stage, command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from commands.edge_keys import SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parent.parent
PARAMETERS: Final = ROOT / "resources" / "parameters.yml"


class ParameterUnknown(Exception):
    """resources/parameters.yml has no parameter of that name."""


def add_to(parser: argparse.ArgumentParser, *, stage: str | None = None) -> None:
    """Add the options that choose a stage: `--stage` and `--param`.

    Args:
        parser: of the command.
        stage: which one is taken where none is named; None where one must be.
    """
    parser.add_argument("--stage", required=stage is None, default=stage)
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        type=_assignment,
        metavar="NAME=VALUE",
        help="a stage parameter with another value, as npm run deploy takes it; may be repeated",
    )


def resolve(
    stage: str, given: Mapping[str, str], document: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, str]:
    """What a stage is deployed with.

    Args:
        stage: its name; one that the file does not have takes the defaults.
        given: values from the command line.
        document: in the place of resources/parameters.yml.

    Returns:
        Every parameter's value as text, empty where it is null.

    Raises:
        ParameterUnknown: one that is given is misspelt.
    """
    written = document or yaml.safe_load(PARAMETERS.read_text("utf-8"))
    resolved = {**written["default"], **(written.get(stage) or {})}
    for name in given:
        if name not in resolved:
            raise ParameterUnknown(f"{name}: resources/parameters.yml has no such parameter")
    resolved |= given
    return {name: _text(value, stage) for name, value in resolved.items()}


def _text(value: object, stage: str) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("${self:service}", SERVICE).replace("${sls:stage}", stage)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
