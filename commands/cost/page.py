"""Writes the cost table as a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.quality.rendering.tables import percent, table
from commands.cost.assumptions import values, why
from commands.cost.bill import BUDGET_USD, MOST_MINUTES, Bill, Workers, bill, longest_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.cost.assumptions import Assumptions
    from commands.cost.prices import Machine, PriceList
    from commands.cost.stack import StackFacts

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "cost.md"
REQUIRED_MINUTES: Final = 10
"""The mean length of a recording that the requirement names."""
_ANY_LENGTH: Final = "any length"

_CERTAINTIES: Final = ("cautious", "likely", "hopeful")
_LEFT_OUT: Final = (
    "taxes, support plans, discounts (Savings Plans, private prices) and free tiers",
    "Clerk, which bills by users",
    "a firewall (`webAclArn`), the edge's logs, an own domain",
    "recordings that are played after 30 days: Glacier IR takes 0.03 USD for each GB read",
    "work that is done twice: failed attempts and replays, beyond the workers' idle share",
    "machines that run for the sake of a latency objective while nothing waits",
)


@dataclass(frozen=True)
class Estimate:
    """Everything that the page is about.

    Attributes:
        stage: the name of the stage whose parameters were read.
        stack: what they say.
        assumptions: beside them.
        machine: what transcribes there.
        prices: of all.
    """

    stage: str
    stack: StackFacts
    assumptions: Assumptions
    machine: Machine
    prices: PriceList

    def bill(self, times_real_time: float, machine: Machine | None = None) -> Bill:
        """A month with workers of this speed."""
        workers = Workers(machine or self.machine, times_real_time)
        return bill(self.assumptions, self.stack, workers, self.prices.prices)

    def bills(self) -> list[Bill]:
        """A month for each speed, the cautious one first."""
        return [self.bill(speed) for speed in self.machine.times_real_time]

    def longest_mean(self, times_real_time: float, machine: Machine) -> float | None:
        """The mean length in minutes up to which the budget holds."""
        workers = Workers(machine, times_real_time)
        return longest_mean(BUDGET_USD, self.assumptions, self.stack, workers, self.prices.prices)


def render(estimate: Estimate) -> str:
    """The whole page, as Markdown."""
    sections = (
        _introduction(estimate),
        _services(estimate),
        _budget(estimate),
        _lines(estimate),
        _assumptions(estimate),
        _prices(estimate),
    )
    return "\n\n".join(sections) + "\n"


def services(estimate: Estimate) -> list[list[str]]:
    """What each service costs at each speed, and the sums."""
    bills = estimate.bills()
    likely = bills[1]
    rows = [
        [service, *(usd(each.by_service()[service]) for each in bills), percent(cost / likely.usd)]
        for service, cost in likely.by_service().items()
    ]
    rows.append(["**a month**", *(f"**{usd(each.usd)}**" for each in bills), ""])
    rows.append(["a recording", *(f"{each.per_file:.5f}" for each in bills), ""])
    rows.append(["an audio-hour", *(f"{each.per_audio_hour:.4f}" for each in bills), ""])
    return rows


def verdict(estimate: Estimate) -> str:
    """Whether a month keeps the budget, and up to which length of recordings."""
    low, likely, high = (each.usd for each in reversed(estimate.bills()))
    said = (
        f"{usd(likely)} USD a month are likely, {usd(low)} to {usd(high)} possible; "
        f"the budget is {usd(BUDGET_USD)}."
    )
    lengths = [
        _length(estimate.longest_mean(speed, estimate.machine))
        for speed in estimate.machine.times_real_time
    ]
    if set(lengths) == {_ANY_LENGTH}:
        return f"{said} It holds at any mean length."
    return (
        f"{said} It holds up to a mean length of {lengths[1]} ({lengths[0]} where workers are "
        f"slow, {lengths[2]} where they are fast)."
    )


def usd(amount: float) -> str:
    """An amount, as exact as it is worth."""
    return f"{amount:,.0f}"


def _introduction(estimate: Estimate) -> str:
    assumptions = estimate.assumptions
    return (
        "# Cost\n\n"
        "Written by `npm run cost -- --write` from the stack's own files, "
        "[`prices.toml`](../commands/cost/prices.toml) and "
        "[`published.toml`](../bench/quality/published.toml): change those. Every price is a "
        f"public one of us-east-1 as known in {estimate.prices.as_of}; none was checked by a "
        "program, and no bill has been seen: **an estimate, not a measurement**.\n\n"
        f"Stage `{estimate.stage}` with {assumptions.files_per_day:,.0f} recordings a day of "
        f"{assumptions.mean_minutes:g} minutes on average: {assumptions.audio_hours:,.0f} "
        f"audio-hours a month, by `{estimate.machine.model}` on {estimate.machine.name}, "
        f"{assumptions.spot_share:.0%} of it as spot capacity. {verdict(estimate)}"
    )


def _services(estimate: Estimate) -> str:
    speeds = (
        f"{name} ({speed:g}×)"
        for name, speed in zip(_CERTAINTIES, estimate.machine.times_real_time, strict=True)
    )
    head = ["USD", *speeds, "share"]
    return (
        "## By service\n\n"
        f"{table(head, services(estimate))}\n\n"
        "The columns differ by how many times faster than real time a worker transcribes, which "
        "nobody has measured on these machines yet. On a deployed stage each transcript's "
        "`processing` tells."
    )


def _budget(estimate: Estimate) -> str:
    head = ["Workers", "Model", *(f"a month, {name}" for name in _CERTAINTIES), "holds up to"]
    return (
        "## Where the budget holds\n\n"
        f"{table(head, _budget_rows(estimate))}\n\n"
        "The last column is the mean length of recordings up to which "
        f"{usd(BUDGET_USD)} USD a month hold, at the likely speed, with "
        f"{estimate.assumptions.files_per_day:,.0f} recordings a day. **Bold** months are beyond "
        f"it. The requirement is {REQUIRED_MINUTES} minutes.\n\n"
        f"{_without_lifecycle(estimate)}"
    )


def _budget_rows(estimate: Estimate) -> Iterator[list[str]]:
    for machine in estimate.prices.machines.values():
        months = [estimate.bill(speed, machine).usd for speed in machine.times_real_time]
        yield [
            machine.name,
            f"`{machine.model}`",
            *(f"**{usd(month)}**" if month > BUDGET_USD else usd(month) for month in months),
            _length(estimate.longest_mean(machine.times_real_time[1], machine)),
        ]


def _without_lifecycle(estimate: Estimate) -> str:
    never = replace(estimate.stack, standard_days=estimate.stack.kept_days)
    other = replace(estimate, stack=never)
    ours, theirs = (each.bills()[1].by_service()["S3"] for each in (estimate, other))
    return (
        f"Recordings move to Glacier IR after {estimate.stack.standard_days} days and end after "
        f"{estimate.stack.kept_days}. Without the move S3 would cost {usd(theirs)} and not "
        f"{usd(ours)} USD a month."
    )


def _length(minutes: float | None) -> str:
    if minutes is None:
        return "none"
    return _ANY_LENGTH if minutes >= MOST_MINUTES else f"{minutes:.1f} min"


def _lines(estimate: Estimate) -> str:
    lines = estimate.bills()[1].lines
    rows = [
        [line.service, line.what, _amount(line.amount), _price(line.usd_per_unit), usd(line.usd)]
        for line in lines
    ]
    head = ["Service", "What", "Amount", "USD each", "USD a month"]
    left_out = "\n".join(f"- {what}" for what in _LEFT_OUT)
    return (
        f"## Line by line\n\nAt the likely speed.\n\n{table(head, rows)}\n\nLeft out:\n\n{left_out}"
    )


def _price(amount: float) -> str:
    return f"{amount:.10f}".rstrip("0").rstrip(".")


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"


def _assumptions(estimate: Estimate) -> str:
    rows = [
        [f"`{name}`", f"{value:,.10g}", why(name)] for name, value in values(estimate.assumptions)
    ]
    return (
        "## Assumptions\n\n"
        "Change one with `npm run cost -- --assume NAME=VALUE`.\n\n"
        f"{table(['Name', 'Value', 'Why'], rows)}"
    )


def _prices(estimate: Estimate) -> str:
    rows = [
        [f"`{name}`", _price(price.usd), price.per, f"[{_host(price.source)}]({price.source})"]
        for name, price in estimate.prices.prices.items()
    ]
    return (
        "## Prices to check\n\n"
        f"{table(['Name', 'USD', 'For', 'Source'], rows)}\n\n"
        "Machines, their prices and speeds: [models.md](models.md#what-an-hour-of-audio-costs)."
    )


def _host(address: str) -> str:
    return address.removeprefix("https://aws.amazon.com/").split("/")[0]
