"""Says what a month of a stage costs, by service, recording and audio-hour, against the budget.

    npm run cost
    npm run cost -- --files-per-day 300000 --spot-price 0.45 --assume mean_minutes=30
    npm run cost -- --write                         writes docs/cost.md

It asks nothing of AWS. Exit status: 0 the budget holds at the likely speed, 1 it does not,
2 the command was misused.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from commands import stage_parameters
from commands.cost import page
from commands.cost.assumptions import Assumptions, AssumptionUnknown, changed
from commands.cost.bill import BUDGET_USD
from commands.cost.page import PAGE, Estimate, render, services, verdict
from commands.cost.prices import PriceList
from commands.cost.stack import StackFacts
from commands.stage_parameters import ParameterUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.cost.prices import Machine

_HOLDS, _EXCEEDED = 0, 1


def main(arguments: list[str]) -> int:
    """Say it for the stage and the assumptions of the command line.

    Returns:
        The process's exit status.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        estimate = _estimate(chosen)
    except (AssumptionUnknown, ParameterUnknown) as error:
        parser.error(str(error))
    if chosen.write:
        PAGE.write_text(render(estimate), "utf-8")
        print(f"docs/{PAGE.name} is written")
    elif chosen.json:
        print(json.dumps(_document(estimate), indent=2))
    else:
        _show(estimate)
    return _HOLDS if estimate.bills()[1].usd <= BUDGET_USD else _EXCEEDED


def standard() -> Estimate:
    """The one that docs/cost.md shows: prod as it is, under the usual assumptions."""
    return _estimate(_parser().parse_args([]))


def _estimate(chosen: argparse.Namespace) -> Estimate:
    parameters = stage_parameters.resolve(chosen.stage, dict(chosen.param))
    given = {"files_per_day": chosen.files_per_day, "spot_usd_per_hour": chosen.spot_price}
    named = {name: value for name, value in given.items() if value is not None}
    prices = PriceList.read()
    return Estimate(
        chosen.stage,
        StackFacts.of(parameters),
        changed(Assumptions(), named | dict(chosen.assume)),
        _machine(parameters, prices),
        prices,
    )


def _machine(parameters: Mapping[str, str], prices: PriceList) -> Machine:
    """What there are figures for: GPUs for the models that need one, else Fargate."""
    kind = ("g6", parameters["modelName"]) if parameters["compute"] == "gpu" else None
    return prices.machines.get(kind or ("fargate", "small"), prices.machines["fargate", "small"])


def _document(estimate: Estimate) -> dict[str, object]:
    cautious, likely, hopeful = estimate.bills()
    return {
        "stage": estimate.stage,
        "budget_usd": BUDGET_USD,
        "usd_a_month": {"cautious": cautious.usd, "likely": likely.usd, "hopeful": hopeful.usd},
        "usd_a_file": likely.per_file,
        "usd_an_audio_hour": likely.per_audio_hour,
        "by_service": likely.by_service(),
    }


def _show(estimate: Estimate) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("USD")
    for speed in estimate.machine.times_real_time:
        table.add_column(f"{speed:g}× real time", justify="right")
    table.add_column("share", justify="right")
    for row in services(estimate):
        table.add_row(*(cell.replace("*", "") for cell in row))
    Console(highlight=False).print(table)
    print(f"{estimate.machine.model} on {estimate.machine.name}. {verdict(estimate)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run cost --", description="Estimate what a month of a stage costs."
    )
    stage_parameters.add_to(parser, stage="prod")
    parser.add_argument("--files-per-day", type=float, metavar="N")
    parser.add_argument("--spot-price", type=float, metavar="USD", help="of a worker and hour")
    parser.add_argument(
        "--assume",
        action="append",
        default=[],
        type=_assumption,
        metavar="NAME=VALUE",
        help="another assumption, of those that docs/cost.md lists; may be repeated",
    )
    parser.add_argument("--write", action="store_true", help=f"docs/{page.PAGE.name}")
    parser.add_argument("--json", action="store_true", help="for a program, not a person")
    return parser


def _assumption(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        wanted = "a number" if equals else "NAME=VALUE"
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
