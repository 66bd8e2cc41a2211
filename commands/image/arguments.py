"""The command line of `npm run image`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from commands import stage_parameters
from commands.image.recipe import TARGETS, processor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.image.recipe import Target

_EPILOGUE: Final = """\
With credentials of the account in the environment; docs/image.md says what is built and stored.

exit status: 0 the stage has its image, 1 it has not, 2 the command was misused
"""


@dataclass(frozen=True)
class Request:
    """What the person asked for; see the command's help."""

    stage: str
    region: str
    target: Target
    model: str
    base: str
    platform: str
    torch_index: str
    pip_configuration: Path | None
    push: bool
    rebuild: bool
    unverified: bool
    accept_non_commercial: bool


def parse(arguments: Sequence[str] | None = None) -> Request:
    """Read the command line.

    Raises:
        SystemExit: with status 2, after a line that says what is wrong with it.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        parameters = stage_parameters.resolve(given.stage, dict(given.param))
    except stage_parameters.ParameterUnknown as error:
        parser.error(f"--param: {error}")
    target = cast("Target", given.target or parameters["compute"])
    processor = processor_of(target, parameters["workerArchitecture"])
    return Request(
        stage=given.stage,
        region=given.region,
        target=target,
        model=given.model or parameters["modelName"],
        base=given.base,
        platform=given.platform or f"linux/{processor}",
        torch_index=given.torch_index,
        pip_configuration=given.pip_config,
        push=given.push,
        rebuild=given.rebuild,
        unverified=given.unverified,
        accept_non_commercial=given.accept_non_commercial,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run image --",
        description="Build the worker's image, try it out, and store it in ECR for a stage.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stage_parameters.add_to(parser)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--target", choices=TARGETS, help="default: what the stage's workers are")
    parser.add_argument("--model", metavar="NAME", help="default: the stage's modelName")
    parser.add_argument(
        "--base",
        default="",
        metavar="IMAGE",
        help="another base, such as a digest or your own hardened image of Debian with Python",
    )
    parser.add_argument(
        "--platform", metavar="OS/PROCESSOR", help="default: what the stage's workers are"
    )
    parser.add_argument(
        "--torch-index",
        default="",
        metavar="URL",
        help="where target cpu gets torch instead of PyTorch's CPU index: a mirror of it",
    )
    parser.add_argument(
        "--pip-config",
        type=Path,
        metavar="FILE",
        help="a pip.conf with the credentials of a private index; a secret of the build",
    )
    parser.add_argument(
        "--no-push", dest="push", action="store_false", help="leave it on this machine"
    )
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="build although ECR has this image, for a newer base and its security updates",
    )
    parser.add_argument(
        "--unverified", action="store_true", help="also take a model that models.toml does not pin"
    )
    parser.add_argument(
        "--accept-non-commercial",
        action="store_true",
        help="also take weights whose licence forbids commercial use",
    )
    return parser
