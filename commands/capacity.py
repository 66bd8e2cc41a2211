"""Prints the stage parameters that keep chunks within a time.

    npm run capacity -- --latency-minutes 30
    npm run capacity -- --stage prod --latency-minutes 30 --seconds-per-chunk 12

Put them into resources/parameters.yml, or give them to `npm run deploy` with `--param`.
What they lead to is in docs/capacity.md. Exit status: 0, or 1 if no fleet keeps within it.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bench.capacity.thresholds import ObjectiveUnreachable, derive
from commands import stage_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The process's exit status.
    """
    given = _parser().parse_args(arguments)
    parameters = stage_parameters.resolve(given.stage, {})
    asked = {
        "latencyMinutes": given.latency_minutes,
        "secondsPerChunk": given.seconds_per_chunk or float(parameters["secondsPerChunk"]),
        "workerStartMinutes": given.start_minutes or float(parameters["workerStartMinutes"]),
    }
    named = {name: f"{value:g}" for name, value in asked.items()}
    try:
        derived = derived_from(named)
    except ObjectiveUnreachable as error:
        print(error, file=sys.stderr)
        return 1
    for name, value in {**named, **derived}.items():
        print(f'{name}: "{value}"')
    return 0


def derived_from(parameters: Mapping[str, str]) -> dict[str, str]:
    """The thresholds that follow from a stage's objective; none where it has none.

    Args:
        parameters: of the stage.

    Raises:
        ObjectiveUnreachable: no number of workers keeps to it.
    """
    if not parameters["latencyMinutes"]:
        return {}
    return derive(
        float(parameters["latencyMinutes"]),
        float(parameters["secondsPerChunk"]),
        float(parameters["workerStartMinutes"]),
    ).parameters


def differing(parameters: Mapping[str, str]) -> dict[str, str]:
    """The thresholds of a stage that do not keep to its objective, as they should be.

    Raises:
        ObjectiveUnreachable: no number of workers keeps to it.
    """
    derived = derived_from(parameters)
    return {name: value for name, value in derived.items() if parameters[name] != value}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run capacity --", description="Derive scaling thresholds from an objective."
    )
    parser.add_argument("--stage", default="prod")
    parser.add_argument(
        "--latency-minutes",
        type=float,
        required=True,
        help="how long a chunk may take from its queue to its result",
    )
    parser.add_argument(
        "--seconds-per-chunk", type=float, help="of a worker (default: the stage's)"
    )
    parser.add_argument("--start-minutes", type=float, help="of a worker (default: the stage's)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
